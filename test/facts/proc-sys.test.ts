/** The kernel gives a number below /proc/sys to its first read alone, and dash reads byte by byte. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Fact } from '../../src/model/fact.js';
import { sysctls } from '../../src/facts/host/sysctls.js';
import { sysctl } from '../../src/facts/sysctl.js';

const sh = (script: string): string => spawnSync('sh', ['-s'], { input: script }).stdout.toString();
const name = 'fs.inotify.max_user_watches';
const value = readFileSync('/proc/sys/fs/inotify/max_user_watches', 'utf8').trim();

const asked = <T>({ question, parse }: Fact<T>): T => {
  if (question.ask !== 'host') throw new Error('not a question to a host');
  return parse(sh(question.script));
};

test('a setting of several digits is read whole', () => {
  expect(asked(sysctl(name))).toEqual({ value });
  expect(asked(sysctls).values[name]).toBe(value);
});

test('no script reads a number there by `read`', () => {
  const texts = /read (-r )?\w+ *<"?\/proc\/sys\/(?!kernel\/(hostname|osrelease)\b)/;
  expect(texts.test('read -r n </proc/sys/net/netfilter/nf_conntrack_max')).toBe(true);
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter(file => texts.test(readFileSync(`src/${file}`, 'utf8')))).toEqual([]);
});

test('no script asks for the size of a file of the kernel, which is always 0', () => {
  const texts = /\[ (! )?-s "?\/(proc|sys)\//;
  expect(texts.test('[ ! -s /proc/net/ip_tables_names ] || iptables-legacy-save')).toBe(true);
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'));
  expect(files.filter(file => texts.test(readFileSync(`src/${file}`, 'utf8')))).toEqual([]);
});

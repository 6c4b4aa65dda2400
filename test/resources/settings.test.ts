import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ready } from '../../src/resources/ready.js';
import { cleanup } from '../../src/resources/cleanup.js';
import { sysctl } from '../../src/resources/sysctl.js';
import { exists, folder, type Folder } from './host.js';
import { sh } from '../../src/shell/sh.js';

let host: Folder;
beforeEach(() => {
  host = folder();
});
afterEach(() => host.remove());

test('a kernel setting is set, kept, and given back', () => {
  mkdirSync(host.path('sys/net/ipv4'), { recursive: true });
  const live = host.path('sys/net/ipv4/ip_forward');
  writeFileSync(live, '0\n');
  expect(host.converge(sysctl, 'net.ipv4.ip_forward', { value: '1' })).toEqual([
    { verb: 'update', field: 'value', from: '0', to: '1' },
  ]);
  expect(readFileSync(live, 'utf8')).toBe('1\n');
  expect(host.see(sysctl, 'net.ipv4.ip_forward', { value: '1' }).changes).toEqual([]);
  writeFileSync(live, '0\n');
  host.converge(sysctl, 'net.ipv4.ip_forward', { value: '1' });
  writeFileSync(live, '7\n');
  const undo = { value: '1', absent: true } as const;
  expect(host.converge(sysctl, 'net.ipv4.ip_forward', undo)).toEqual([
    { verb: 'update', field: 'value', from: '7', to: '0' },
  ]);
  expect(readFileSync(live, 'utf8')).toBe('0\n');
  expect(host.see(sysctl, 'net.ipv4.ip_forward', undo).changes).toEqual([]);
});

test('a list of numbers is compared without its blanks; a key that the kernel lacks is named', () => {
  mkdirSync(host.path('sys/net'), { recursive: true });
  writeFileSync(host.path('sys/net/tcp_rmem'), '4096\t131072\t6291456\n');
  expect(host.see(sysctl, 'net.tcp_rmem', { value: '4096 131072 6291456' }).changes).toEqual([]);
  expect(() => host.converge(sysctl, 'net.bridge.none', { value: '1' })).toThrow(/no net.bridge.none/);
});

test('a limit that is larger than the least one wanted stays as the owner set it', () => {
  const changes = (value: string) => sysctl.diff({ value: '8192', atLeast: true }, { value });
  expect(changes('8192')).toEqual([]);
  expect(changes('65536')).toEqual([]);
  expect(changes('128')).toEqual([{ verb: 'update', field: 'value', from: '128', to: '8192' }]);
});

test('this machine’s own settings are read', () => {
  const fact = sysctl.read('net.ipv4.ip_forward', { value: '1' });
  expect(fact.question.ask === 'host' && fact.question.script).toContain('/proc/sys/net/ipv4/ip_forward');
});

test('ready is asked by exit code alone', () => {
  const want = { script: sh`date +%N; test -e "$ROOT/up"`, seconds: 1, says: 'it to be up' };
  expect(host.see(ready, 'it', want).changes).toEqual([
    { verb: 'update', field: 'ready', from: 'not yet', to: 'it to be up' },
  ]);
  writeFileSync(host.path('up'), '');
  expect(host.see(ready, 'it', want).raw).toBe('ready\n');
  expect(host.see(ready, 'it', { ...want, script: sh`exit 3` }).changes).toHaveLength(1);
});

test('what is left is shown and cleared', () => {
  const want = { find: sh`ls "$ROOT/left"`, remove: sh`rm -rf "$ROOT/left"/*`, risk: 'none' } as const;
  mkdirSync(host.path('left/kw.vxlan'), { recursive: true });
  expect(host.converge(cleanup, 'links', want)).toEqual([
    { verb: 'delete', field: 'left', from: 'kw.vxlan', to: 'nothing' },
  ]);
  expect(exists(host.path('left/kw.vxlan'))).toBe(false);
  expect(host.see(cleanup, 'links', want).changes).toEqual([]);
});

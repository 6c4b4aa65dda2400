/**
 * Silence of `unless` is "nothing to do": a question that is asked by a script of ours must also speak where that script
 * is not there yet, or a first build leaves the command out.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cluster } from '../../src/blueprint/cluster.js';
import type { Resource } from '../../src/model/resource.js';
import type { CommandWant } from '../../src/resources/wants.js';
import { readCluster } from '../../src/spec/index.js';
import { inputFor, released } from '../golden/input.js';

const read = readCluster('name: demo\nkubernetes: 1.30.2\nhosts: [10.0.0.1, 10.0.0.2, 10.0.0.3]', 'cluster.yaml');
if (!read.ok) throw new Error('a cluster');

/** Commands whose question runs a file that the blueprint itself writes to the same host. */
const ownQuestions = (all: readonly Resource[]): readonly (readonly [id: string, script: string])[] =>
  all.flatMap(one => {
    if (one.kind !== 'command') return [];
    const { unless } = one.want as CommandWant;
    const asks = all.some(other => other.host === one.host && other.kind === 'file' && unless.includes(other.key));
    return asks ? [[`${one.host} ${one.key}`, unless] as const] : [];
  });

const asked = (script: string): string => spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout;

test('a question that runs a script of ours speaks where the script is not there', () => {
  const all = ownQuestions(cluster(inputFor(read.value, released('1.30.2', '1.7.34'))));
  expect(all.length).toBeGreaterThan(0);
  expect(existsSync('/usr/local/lib/kubewizard')).toBe(false);
  expect(all.filter(([, script]) => asked(script) === '').map(([id]) => id)).toEqual([]);
});

test('and one that would keep silent is caught', () => {
  expect(asked('/usr/local/lib/kubewizard/not-there state')).toBe('');
});

/**
 * A stream of events as a run on a few hosts gives it: made by rule, so that every test and the eye see the same run.
 */
import type { Event, EventBody } from '../../src/model/event.js';

export const start = Date.parse('2026-11-22T12:00:00.000Z');

/** Numbers and stamps the bodies; each is `[seconds since the start, body]`. */
export const stamped = (bodies: readonly (readonly [number, EventBody])[]): readonly Event[] =>
  bodies.map(([seconds, body], index) => ({
    n: index + 1,
    at: new Date(start + seconds * 1000).toISOString(),
    ...body,
  }));

const runStarted = (hosts: Readonly<Record<string, number>>): EventBody => ({
  type: 'run-started',
  run: '20261122-120000',
  cluster: 'demo',
  command: 'up',
  plan: 'ab12',
  owner: 'ada@laptop',
  steps: Object.values(hosts).reduce((sum, steps) => sum + steps, 0),
  hosts,
});

const did = (host: string, key: string, at: number, seconds: number): readonly (readonly [number, EventBody])[] => [
  [at, { type: 'step-started', step: `${host}/${key}`, host, says: key.replace('/', ' '), risk: 'none' }],
  [at + seconds, { type: 'step-done', step: `${host}/${key}`, host, how: 'mended', seconds }],
];

/** kw-1 is done, kw-2 waits for etcd, kw-3 has a full disk, kw-4 went away. */
export const troubled: readonly Event[] = stamped([
  [0, runStarted({ 'kw-1': 2, 'kw-2': 3, 'kw-3': 4, 'kw-4': 2 })],
  ...['kw-1', 'kw-2', 'kw-3', 'kw-4'].map(host => [0.1, { type: 'host-connecting', host }] as const),
  ...['kw-1', 'kw-2', 'kw-3', 'kw-4'].map(host => [0.3, { type: 'host-ready', host }] as const),
  ...did('kw-1', 'file//etc/hosts', 0.5, 0.2),
  ...did('kw-1', 'service/etcd.service', 0.8, 2),
  [
    0.9,
    { type: 'step-started', step: 'kw-2/service/etcd.service', host: 'kw-2', says: 'start etcd.service', risk: 'none' },
  ],
  [1, { type: 'step-waiting', step: 'kw-2/service/etcd.service', host: 'kw-2', says: 'etcd answers on port 2379' }],
  [
    1.1,
    {
      type: 'step-started',
      step: 'kw-2/artifact//usr/local/bin/kubelet',
      host: 'kw-2',
      says: 'fetch kubelet',
      risk: 'none',
    },
  ],
  [1.2, { type: 'upload', host: 'kw-2', name: 'kubelet', bytes: 40_000_000, of: 110_000_000 }],
  [
    1.3,
    {
      type: 'step-failed',
      step: 'kw-3/artifact//usr/local/bin/kubelet',
      host: 'kw-3',
      failure: {
        class: 'exit',
        message: 'write /var/lib/kubewizard: No space left on device\u001b[31m',
        host: 'kw-3',
        help: 'make room on kw-3, then run kw up again',
      },
    },
  ],
  [
    1.3,
    {
      type: 'step-blocked',
      step: 'kw-3/service/kubelet.service',
      host: 'kw-3',
      root: 'kw-3/artifact//usr/local/bin/kubelet',
    },
  ],
  [
    1.4,
    {
      type: 'host-lost',
      host: 'kw-4',
      failure: {
        class: 'unreachable',
        message: 'connection reset',
        host: 'kw-4',
        help: 'look whether it runs: ping kw-4',
      },
    },
  ],
  [1.5, { type: 'note', says: 'etcd has 1 of 3 members; the rest follows' }],
]);

export const troubledEnd: readonly Event[] = stamped([
  [9, { type: 'run-ended', ok: false, done: 2, failed: 1, blocked: 1, seconds: 9 }],
]);

export const smooth: readonly Event[] = stamped([
  [0, runStarted({ 'kw-1': 1 })],
  [0.1, { type: 'host-ready', host: 'kw-1' }],
  ...did('kw-1', 'file//etc/hosts', 0.5, 0.2),
  [1, { type: 'proof', name: 'pod to pod', ok: true, says: 'kw-1 reaches kw-2', seconds: 0.4 }],
  [65, { type: 'run-ended', ok: true, done: 1, failed: 0, blocked: 0, seconds: 65 }],
]);

/** `hosts` hosts with `steps` steps each, all done but those of the last host, which fails at its first. */
export const large = (hosts: number, steps: number): readonly Event[] => {
  const names = Array.from({ length: hosts }, (_, index) => `node-${String(index + 1).padStart(4, '0')}`);
  const last = names.at(-1) ?? '';
  return stamped([
    [0, runStarted(Object.fromEntries(names.map(name => [name, steps])))],
    ...names
      .slice(0, -1)
      .flatMap(host => Array.from({ length: steps }, (_, step) => did(host, `file//etc/f${step}`, 1, 0.1)).flat()),
    [
      2,
      {
        type: 'step-failed',
        step: `${last}/file//etc/f0`,
        host: last,
        failure: { class: 'exit', message: 'read-only file system', host: last },
      },
    ],
  ]);
};

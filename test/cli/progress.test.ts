/** The fold and its three drawers, by what a person sees. */
import { expect, test } from 'vitest';
import { fold } from '../../src/cli/view/progress/fold.js';
import { frame, type Canvas } from '../../src/cli/view/progress/frame.js';
import { plainLine, tally, worthALine } from '../../src/cli/view/progress/plain.js';
import { nothingYet } from '../../src/cli/view/progress/state.js';
import { left } from '../../src/cli/view/progress/host-line.js';
import { summary } from '../../src/cli/view/progress/summary.js';
import { large, smooth, stamped, start, troubled, troubledEnd } from './recorded.js';

const canvas: Canvas = { width: 100, height: 24, color: false, unicode: true };
const now = start + 4_000;

test('a frame shows each host: done, what it waits for, why it failed', () => {
  expect(frame(fold(nothingYet, troubled), canvas, now)).toMatchInlineSnapshot(`
    "up demo  4.0 s  2 of 11 steps  run 20261122-120000
    ✓ kw-1     2/2
    ● kw-2     0/3  start etcd.service and 1 more  3.1 s  kubelet 36 %  waits: etcd answers on port 23…
    ✗ kw-3     0/4  artifact /usr/local/bin/kubelet: write /var/lib/kubewizard: No space l… (1 blocked)
    ✗ kw-4     0/2  connection reset
      etcd has 1 of 3 members; the rest follows"
  `);
});

test('a narrow terminal cuts lines, it does not wrap them', () => {
  const lines = frame(fold(nothingYet, troubled), { ...canvas, width: 40 }, now).split('\n');
  expect(Math.max(...lines.map(line => [...line].length))).toBeLessThanOrEqual(40);
});

test('a thousand hosts fit on a screen, the failed one among them', () => {
  const picture = frame(fold(nothingYet, large(1_000, 3)), { ...canvas, height: 12 }, now);
  expect(picture).toMatchInlineSnapshot(`
    "up demo  4.0 s  2997 of 3000 steps  run 20261122-120000
    ✗ node-1000     0/3  file /etc/f0: read-only file system
      and 999 other hosts: 999 done"
  `);
});

test('folding one by one and all at once gives the same', () => {
  const byOne = troubled.reduce((state, event) => fold(state, [event]), nothingYet);
  expect(byOne).toEqual(fold(nothingYet, troubled));
});

test('folding changes nothing that it was given', () => {
  const before = fold(nothingYet, troubled.slice(0, 8));
  const copy = structuredClone(before);
  fold(before, troubled.slice(8));
  expect(before).toEqual(copy);
});

test('5,000 hosts with 40 steps fold in seconds: a copy of all hosts per event would take minutes', () => {
  const events = large(5_000, 40);
  const began = performance.now();
  let state = nothingYet;
  for (let at = 0; at < events.length; at += 1_000) state = fold(state, events.slice(at, at + 1_000));
  expect(state.mended).toBe(4_999 * 40);
  expect(performance.now() - began).toBeLessThan(60_000);
});

test('the summary names every failure and the next act', () => {
  expect(summary(fold(nothingYet, [...troubled, ...troubledEnd]), false)).toMatchInlineSnapshot(`
    "not done: 2 of 11 steps in 9.0 s, 1 failed, 1 blocked behind that, not reached: kw-4
      kw-3: failed: write /var/lib/kubewizard: No space left on device\\x1b[31m (step kw-3/artifact//usr/local/bin/kubelet)
        do: make room on kw-3, then run kw up again
      kw-4: unreachable: connection reset
        do: look whether it runs: ping kw-4"
  `);
});

test('a run that went well is one line', () => {
  expect(summary(fold(nothingYet, smooth), false)).toMatchInlineSnapshot(`"done: 1 step on 1 host in 1:05"`);
});

test('without a terminal a run is lines', () => {
  const state = fold(nothingYet, troubled);
  expect(
    troubled
      .map(event => plainLine(event, state))
      .filter(Boolean)
      .join('\n'),
  ).toMatchInlineSnapshot(`
    "[  0.0 s] up demo: 11 steps, run 20261122-120000
    [  0.7 s] kw-1 done: file /etc/hosts (0.2 s)
    [  2.8 s] kw-1 done: service etcd.service (2.0 s)
    [  1.0 s] kw-2 waits: etcd answers on port 2379 (service etcd.service)
    [  1.2 s] kw-2 fetches kubelet: 36 % of 110 MB
    [  1.3 s] kw-3 FAILED: artifact /usr/local/bin/kubelet: write /var/lib/kubewizard: No space left on device\\x1b[31m
    [  1.3 s] kw-3 blocked: service kubelet.service, behind kw-3/artifact//usr/local/bin/kubelet
    [  1.4 s] kw-4 LOST: connection reset
    [  1.5 s] etcd has 1 of 3 members; the rest follows"
  `);
});

test('an upload is a line every five seconds, each host and file for itself', () => {
  const upload = (at: number, host: string, bytes: number) =>
    [at, { type: 'upload', host, name: 'kubelet', bytes, of: 100e6 }] as const;
  const events = stamped([
    upload(0, 'kw-1', 1e6),
    upload(1, 'kw-1', 2e6),
    upload(2, 'kw-2', 3e6),
    upload(4.9, 'kw-1', 4e6),
    upload(5, 'kw-1', 5e6),
    upload(12, 'kw-1', 100e6),
  ]);
  const lines = events
    .filter(worthALine())
    .map(event => plainLine(event, fold(nothingYet, events)))
    .filter(line => line !== undefined);
  expect(lines.map(line => line.replace(/^\[.*\] /, ''))).toEqual([
    'kw-1 fetches kubelet: 1 % of 100 MB',
    'kw-2 fetches kubelet: 3 % of 100 MB',
    'kw-1 fetches kubelet: 5 % of 100 MB',
  ]);
});

test('many hosts are numbers in a log', () => {
  const events = large(60, 2);
  const state = fold(nothingYet, events);
  expect(events.map(event => plainLine(event, state)).filter(Boolean)).toHaveLength(2);
  expect(tally(state)).toBe('118 of 120 steps, 59 of 60 hosts done, 1 failed');
});

test('what a host says cannot steer the terminal', () => {
  const state = fold(nothingYet, [...troubled, ...troubledEnd]);
  const all = [
    frame(state, canvas, now),
    summary(state, false),
    ...troubled.map(event => plainLine(event, state) ?? ''),
  ].join('\n');
  expect(all).not.toContain('\u001b');
  expect(all).toContain('\\x1b[31m');
});

test('while a step lasts it says how much longer, and where it takes longer than expected, that', () => {
  const since = Date.parse('2026-11-28T10:00:00Z');
  expect(left({ expected: 66, since }, since + 12_000)).toBe(', about 54.0 s more');
  expect(left({ expected: 66, since }, since + 90_000)).toBe(', expected 1:06');
  expect(left({ since }, since + 90_000)).toBe('');
});

test('a turn that is put back is drawn while it lasts, and told with both reasons at the end', () => {
  const step = 'kw-1/service/kubelet.service';
  const failure = { class: 'exit', host: 'kw-1', step, message: 'it has ended 5 times\nits journal' } as const;
  const says = 'put back: kubelet serves again as before after 8 s';
  const events = stamped([
    [1, { type: 'step-failed', step, host: 'kw-1', failure }],
    [2, { type: 'put-back-started', host: 'kw-1', units: ['kubelet'] }],
    [9, { type: 'put-back', host: 'kw-1', units: ['kubelet'], steps: [step], ok: true, says, seconds: 8 }],
  ]);
  const during = fold(nothingYet, events.slice(0, 2));
  expect(during.hosts.get('kw-1')?.active).toHaveLength(1);
  const after = fold(during, events.slice(2));
  expect(after.hosts.get('kw-1')?.active).toEqual([]);
  expect(after.hosts.get('kw-1')?.failures[0]?.message).toBe(`new: it has ended 5 times; ${says}\nits journal`);
  expect(events.map(event => plainLine(event, after)?.slice(10))).toEqual([
    'kw-1 FAILED: service kubelet.service: it has ended 5 times its journal',
    'kw-1 puts back what stood before: kubelet',
    `kw-1 ${says}`,
  ]);
});

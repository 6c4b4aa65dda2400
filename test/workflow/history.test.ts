import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { historyText } from '../../src/cli/view/history.js';
import { history } from '../../src/workflow/history.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const folderWith = (files: Readonly<Record<string, readonly (object | string)[]>>): string => {
  const dir = mkdtempSync(join(tmpdir(), 'kw-history-'));
  folders.push(dir);
  mkdirSync(join(dir, 'journal'));
  for (const [name, lines] of Object.entries(files))
    writeFileSync(
      join(dir, 'journal', name),
      lines.map(line => (typeof line === 'string' ? line : `${JSON.stringify({ n: 1, ...line })}\n`)).join(''),
    );
  return dir;
};

const started = (at: string, command: string) => ({
  at,
  type: 'run-started',
  run: 'a',
  cluster: 'prod',
  command,
  steps: 12,
  plan: 'x',
  owner: 'anna@laptop',
});
const ended = (ok: boolean, failed = 0) => ({
  at: '2026-11-02T10:01:00.000Z',
  type: 'run-ended',
  ok,
  done: 12 - failed,
  failed,
  blocked: 0,
  seconds: 61.4,
});

test('every run with its end: done and proven, failed with its reason, cut off, damaged; the newest first', async () => {
  const dir = folderWith({
    '20261101T100000Z-a.jsonl': [
      started('2026-11-01T10:00:00.000Z', 'kw up'),
      ended(true),
      { at: '2026-11-01T10:02:00.000Z', type: 'proof-ended', ok: true, seconds: 9 },
    ],
    '20261102T100000Z-b.jsonl': [
      started('2026-11-02T10:00:00.000Z', 'kw heal'),
      {
        at: '2026-11-02T10:00:30.000Z',
        type: 'step-failed',
        step: 's',
        host: 'kw-1',
        failure: { class: 'exit', host: 'kw-1', message: 'no room\u001b[31m on the disk\nmore' },
      },
      ended(false, 1),
    ],
    '20261103T100000Z-c.jsonl': [started('2026-11-03T10:00:00.000Z', 'kw up'), '{"n":2,"at":"2026-11-03T10:0'],
    '20261104T100000Z-d.jsonl': ['garbage\n', started('2026-11-04T10:00:00.000Z', 'kw up')],
    '20261105T100000Z-access-ab12.jsonl': [
      {
        at: '2026-11-05T10:00:00.000Z',
        type: 'credential-issued',
        user: 'ben',
        groups: [],
        until: '2026-11-06T10:00:00.000Z',
        breaksGlass: false,
        owner: 'anna@laptop',
      },
    ],
    'notes.txt': ['mine'],
  });
  const runs = await history(dir);
  expect(runs.map(one => [one.at.slice(0, 10), one.command, one.ended, one.proven])).toEqual([
    ['2026-11-05', 'kw kubeconfig', 'done', undefined],
    ['2026-11-04', 'kw up', 'unreadable', undefined],
    ['2026-11-03', 'kw up', 'cut off', undefined],
    ['2026-11-02', 'kw heal', 'failed', undefined],
    ['2026-11-01', 'kw up', 'done', true],
  ]);
  const text = historyText(runs, false);
  expect(text).toMatch(
    /2026-11-02 10:00:00 +kw heal +anna@laptop +12 +failed: 1, 0 blocked +61 s +kw-1: no room\\x1b\[31m on the disk\n/,
  );
  expect(text).toMatch(/ben \(until 2026-11-06\)/);
});

test('a cluster that was never touched from here has none', async () => {
  expect(await history('/nonexistent')).toEqual([]);
  expect(historyText([], false)).toMatch(/remembers no run/);
});

test('a turn that was put back tells both reasons, on one line', async () => {
  const dir = folderWith({
    '20261103T100000Z-c.jsonl': [
      started('2026-11-03T10:00:00.000Z', 'kw up'),
      {
        at: '2026-11-03T10:00:30.000Z',
        type: 'step-failed',
        step: 'kw-1/service/kubelet.service',
        host: 'kw-1',
        failure: { class: 'exit', host: 'kw-1', message: 'kubelet.service has ended 5 times\nits journal' },
      },
      {
        at: '2026-11-03T10:00:38.000Z',
        type: 'put-back',
        host: 'kw-1',
        units: ['kubelet'],
        steps: ['kw-1/service/kubelet.service'],
        ok: true,
        says: 'put back: kubelet serves again as before after 8 s',
        seconds: 8,
      },
      ended(false, 1),
    ],
  });
  expect(historyText(await history(dir), false)).toContain(
    'kw-1: new: kubelet.service has ended 5 times; put back: kubelet serves again as before after 8 s',
  );
});

import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readInProgress } from '../../../src/engine/heal/pending.js';
import { listRuns } from '../../../src/engine/journal.js';
import { provenUpTo } from '../../../src/engine/last-proof.js';
import { rememberedIdentity } from '../../../src/engine/vault/identity.js';
import type { Target } from '../target.js';

const at = '2026-01-01T00:00:00.000Z';
const run = { run: 'run-1', cluster: 'demo', command: 'kw up', steps: 3, plan: 'd', owner: 'anna@laptop' };
const failure = { class: 'exit', said: 'no such file', host: 'a', step: 'a/file/etc' };
const bodies: readonly object[] = [
  { type: 'run-started', ...run, hosts: { a: 2, b: 1 } },
  { type: 'host-connecting', host: 'a' },
  { type: 'host-ready', host: 'a' },
  { type: 'step-started', step: 'a/file//etc/x', host: 'a', says: 'write', risk: 'none' },
  { type: 'step-waiting', step: 'a/file//etc/x', host: 'a', says: 'for b' },
  { type: 'upload', host: 'a', name: 'kubelet', bytes: 5, of: 100 },
  { type: 'step-done', step: 'a/file//etc/x', host: 'a', how: 'mended', seconds: 1.2 },
  { type: 'step-failed', step: 'a/file//etc/y', host: 'a', failure },
  { type: 'step-blocked', step: 'b/file//etc/y', host: 'b', root: 'a/file//etc/y' },
  { type: 'put-back-started', host: 'a', units: ['kubelet'] },
  { type: 'put-back', host: 'a', units: ['kubelet'], steps: ['a/file//etc/y'], ok: true, says: 'put back', seconds: 8 },
  {
    ...{ type: 'taken-back', host: 'a', run: 'r', at, changed: at, why: 'boot', ok: false, seconds: 9 },
    ...{ command: 'kw up', owner: 'anna@laptop', units: 'kubelet' },
  },
  { type: 'host-lost', host: 'b', failure: { ...failure, class: 'unreachable' } },
  { type: 'note', host: 'a', says: 'connecting again' },
  { type: 'proof', name: 'dns', ok: true, says: 'answers', seconds: 2 },
  { type: 'proof-ended', ok: true, until: 'nodes' },
  { type: 'run-ended', ok: false, done: 1, failed: 1, blocked: 1, left: 0 },
];
const example = bodies.map((body, index) => `${JSON.stringify({ n: index + 1, at, ...body })}\n`).join('');

const folder = async (files: Readonly<Record<string, string>>, use: (dir: string) => Promise<unknown>) => {
  const dir = await mkdtemp(join(tmpdir(), 'kw-fuzz-'));
  try {
    await mkdir(join(dir, 'journal'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
    await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
};

export const journal: Target = {
  name: 'journal',
  form: 'text',
  examples: () => [example, example.repeat(3)],
  run: async text => {
    await folder({ 'journal/20260101T000000Z-run-1.jsonl': text }, async dir => {
      await provenUpTo(dir);
      await listRuns(dir);
    });
  },
};

/** One event as a tree: a journal of another version, or of another program. */
export const journalEvent: Target = {
  name: 'journal-event',
  form: 'json',
  examples: () => bodies.map((body, index) => JSON.stringify({ n: index + 1, at, ...body })),
  run: text => journal.run(`${JSON.stringify({ n: 0, at, ...bodies[0] })}\n${text.replaceAll('\n', ' ')}\n`),
};

const begun = JSON.stringify([
  {
    id: 'heal-1',
    at,
    cluster: { authorities: ['ab'.repeat(32)], uid: 'x' },
    treats: [{ illness: { case: 'x', variant: 'y', host: 'a', subject: { file: 'x' } }, wants: ['a/file//etc/x'] }],
    touched: [],
    pods: [],
    objects: [],
  },
]);

/** What else the control machine remembers in files: therapies that were begun, and whose folder it is. */
export const memory: Target = {
  name: 'remembered',
  form: 'json',
  examples: () => [begun, JSON.stringify({ authorities: ['ab'.repeat(32)], uid: 'c0ffee' })],
  run: text =>
    folder({ 'heal-begun.json': text, 'identity.json': text }, async dir => {
      const identity = { authorities: ['ab'.repeat(32)] };
      const both = await Promise.allSettled([readInProgress(dir, identity), rememberedIdentity(dir)]);
      for (const one of both) if (one.status === 'rejected') throw one.reason;
    }),
};

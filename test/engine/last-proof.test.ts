import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openJournal } from '../../src/engine/journal.js';
import { covers, provenUpTo } from '../../src/engine/last-proof.js';
import type { EventBody } from '../../src/model/event.js';

let dir: string;
let minute = 0;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kw-last-proof-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const ran = async (command: string, ...events: readonly EventBody[]): Promise<void> => {
  const journal = await openJournal(dir, String(minute), new Date(Date.UTC(2026, 0, 1, 0, minute++)));
  const hosts = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`kw-${n}`, 40]));
  const all: readonly EventBody[] = [
    { type: 'run-started', run: '1', cluster: 'c', command, steps: 0, plan: '', owner: 'o', hosts },
    ...events,
  ];
  for (const [n, event] of all.entries()) journal.append({ n, at: '', ...event });
  await journal.close();
};
const proof: EventBody = { type: 'proof', name: 'nodes', ok: true, says: '"type":"proof-ended"', seconds: 1 };
const ended = (ok: boolean, until?: 'nodes'): EventBody => ({
  type: 'proof-ended',
  ok,
  seconds: 1,
  ...(until ? { until } : {}),
});

test('a control machine without a journal remembers nothing', async () =>
  expect(await provenUpTo(dir)).toBeUndefined());

test('a run that was killed in its proof, or whose proof failed, has proven nothing, whatever was proven before', async () => {
  await ran('kw up', proof, ended(true));
  expect(await provenUpTo(dir)).toBe('addons');
  await ran('kw up', proof);
  expect(await provenUpTo(dir)).toBe('host');
  await ran('kw up', proof, ended(false));
  expect(await provenUpTo(dir)).toBe('host');
  await ran('kw verify', proof, ended(true));
  expect(await provenUpTo(dir)).toBe('addons');
});

test('a therapy in between is not a unproven run', async () => {
  await ran('kw up', proof, ended(true));
  await ran('kw heal');
  expect(await provenUpTo(dir)).toBe('addons');
});

test('a run until a stage is proven up to it', async () => {
  await ran('kw up', proof, ended(true, 'nodes'));
  const proven = (await provenUpTo(dir)) ?? 'host';
  expect([covers(proven, 'etcd'), covers(proven, 'nodes'), covers(proven, 'addons')]).toEqual([true, true, false]);
});

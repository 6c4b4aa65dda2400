import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { emitter } from '../../src/engine/emitter.js';
import { listRuns, openJournal, parseJournal, readJournal } from '../../src/engine/journal.js';
import { tracker } from '../../src/engine/run/step-tracker.js';
import { progressOf } from '../../src/engine/run/progress.js';
import { redactor } from '../../src/engine/run/redact.js';
import type { Event } from '../../src/model/event.js';
import type { Step } from '../../src/model/plan.js';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kw-journal-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const at = new Date('2026-11-22T20:15:00.123Z');
const started = {
  type: 'run-started',
  run: 'r1',
  cluster: 'c',
  command: 'kw up',
  steps: 2,
  plan: 'd',
  owner: 'anna@laptop',
} as const;

test('events are numbered from 1, timed, and come back as they were', async () => {
  const heard: Event[] = [];
  const journal = await openJournal(dir, 'r1', at);
  const { emit, sync } = emitter({
    clock: () => at,
    journal,
    listen: event => {
      heard.push(event);
    },
  });
  emit(started);
  emit({ type: 'note', says: 'two\nlines, é' });
  await sync();
  expect(journal.file).toBe(join(dir, 'journal/20261122T201500.123Z-r1.jsonl'));
  expect(await readJournal(journal.file)).toEqual(heard);
  expect(heard.map(event => event.n)).toEqual([1, 2]);
  expect(statSync(journal.file).mode & 0o777).toBe(0o600);
  emit({ type: 'run-ended', ok: true, done: 2, failed: 0, blocked: 0, seconds: 1 });
  await journal.close();
  expect(await listRuns(dir)).toEqual([
    expect.objectContaining({
      run: 'r1',
      owner: 'anna@laptop',
      startedAt: at.toISOString(),
      ended: { at: at.toISOString(), ok: true, done: 2, failed: 0, blocked: 0 },
    }),
  ]);
});

test('what was synced is in the file, whoever asked and however often', async () => {
  const journal = await openJournal(dir, 'r1', at);
  await Promise.all(
    Array.from({ length: 50 }, async (_, n) => {
      journal.append({ n, at: '', type: 'note', says: String(n) });
      await journal.sync();
      expect(readFileSync(journal.file, 'utf8')).toContain(`"says":"${n}"`);
    }),
  );
  expect((await readJournal(journal.file)).map(event => event.n)).toEqual(Array.from({ length: 50 }, (_, n) => n));
  await journal.close();
});

test('a step that is done is on the disk before anybody asks for it', async () => {
  const journal = await openJournal(dir, 'r1', at);
  const { emit, sync } = emitter({ clock: () => at, journal, listen: () => undefined });
  const step = {
    id: 'kw-1/file//etc/x',
    host: 'kw-1',
    kind: 'file',
    key: '/etc/x',
    after: [],
    changes: [],
    actions: [],
    question: { ask: 'host', script: '' },
  } as unknown as Step;
  const plan = { cluster: 'c', steps: [step], examined: 1, unseen: [], digest: '' };
  const book = tracker({
    progress: progressOf(plan),
    emit,
    clock: () => at,
    redactor: redactor(),
    sync,
    wake: () => undefined,
    settled: () => undefined,
  });
  book.done(step, 'mended');
  // The run waits for something else now, and says nothing more.
  await vi.waitFor(() => expect(readFileSync(journal.file, 'utf8')).toContain('step-done'), { timeout: 60_000 });
  await journal.close();
});

test('a journal cut off anywhere gives its whole lines', () => {
  const events = [
    { n: 1, at: 't', ...started },
    { n: 2, at: 't', type: 'note', says: 'x\ny' },
  ] as Event[];
  const text = events.map(event => `${JSON.stringify(event)}\n`).join('');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: text.length }), length => {
      const whole = text.slice(0, length).split('\n').length - 1;
      expect(parseJournal(text.slice(0, length))).toEqual(events.slice(0, whole));
    }),
  );
});

test('of two runs within a second the later one is the later one, whatever they are called', async () => {
  for (const [run, late] of [
    ['z', 1],
    ['a', 2],
    ['m', 3],
  ] as const) {
    const journal = await openJournal(dir, run, new Date(at.getTime() + late));
    journal.append({ n: 1, at: new Date(at.getTime() + late).toISOString(), ...started });
    await journal.close();
  }
  expect(
    readdirSync(join(dir, 'journal'))
      .sort()
      .map(name => name.at(-7)),
  ).toEqual(['z', 'a', 'm']);
});

test('a killed run is listed without an end; a folder without runs is not an error', async () => {
  expect(await listRuns(dir)).toEqual([]);
  const journal = await openJournal(dir, 'r1', at);
  journal.append({ n: 1, at: at.toISOString(), ...started });
  await journal.close();
  appendFileSync(journal.file, '{"n":2,"at":"2026');
  writeFileSync(join(dir, 'journal/20261122T201600Z-empty.jsonl'), '');
  const runs = await listRuns(dir);
  expect(runs).toHaveLength(1);
  expect(runs[0]).not.toHaveProperty('ended');
});

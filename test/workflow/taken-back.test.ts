/** What a host did by itself is told by whoever comes next, kept in the history, and waited for before a change. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { historyText } from '../../src/cli/view/history.js';
import { takenBackText } from '../../src/cli/view/taken-back.js';
import { emitter } from '../../src/engine/emitter.js';
import { controlProcess } from '../../src/engine/lock/control-process.js';
import { hasten } from '../../src/engine/script/armed.js';
import { takenBack as fact } from '../../src/facts/taken-back.js';
import type { Event } from '../../src/model/event.js';
import { Unreadable } from '../../src/model/fact.js';
import { history } from '../../src/workflow/history.js';
import type { Story } from '../../src/workflow/story.js';
import { tellTakenBack, untilQuiet } from '../../src/workflow/taken-back.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** As `armed/back` writes it. */
const note = `run 0f3a9c21
at 2026-11-29T03:12:44Z
changed 2026-11-29T03:11:02Z
why silence
ok 1
seconds 9
command kw up
owner anna@laptop
units kube-apiserver, kube-scheduler
`;
const read = (text: string) => fact.parse(text);
const found = new Map([['kw-1', read(`${note}end\n`)]]);

test('a note is read as it was written, and one that is none is not believed', () => {
  expect(read(`${note}now waiting\nend\n`)).toEqual({
    now: 'waiting',
    past: [
      {
        run: '0f3a9c21',
        at: '2026-11-29T03:12:44Z',
        changed: '2026-11-29T03:11:02Z',
        why: 'silence',
        ok: true,
        seconds: 9,
        command: 'kw up',
        owner: 'anna@laptop',
        units: 'kube-apiserver, kube-scheduler',
      },
    ],
  });
  expect(read('end\n')).toEqual({ past: [] });
  expect(() => read(note)).toThrow(Unreadable);
  for (const line of ['at 2026-11-29T03:12:44Z', 'why silence', 'seconds 9'])
    expect(() => read(`${note.replace(line, line.split(' ')[0] ?? '')}end\n`)).toThrow(Unreadable);
});

const storyIn = (): { readonly dir: string; readonly story: Story; readonly events: Event[] } => {
  const dir = mkdtempSync(join(tmpdir(), 'kw-taken-'));
  folders.push(dir);
  mkdirSync(join(dir, 'journal'));
  const heard: Event[] = [];
  const clock = () => new Date('2026-11-29T08:00:00Z');
  const events = emitter({ clock, listen: event => heard.push(event) });
  return { dir, story: { events, emit: events.emit, ports: { clock } } as unknown as Story, events: heard };
};

test('every command tells it, the history keeps it once, at the run that made the change', async () => {
  const { dir, story, events } = storyIn();
  const begun = { type: 'run-started', run: '0f3a9c21', cluster: 'prod', command: 'kw up', steps: 3, plan: 'x' };
  writeFileSync(
    join(dir, 'journal', '20261129T031100Z-a.jsonl'),
    `${JSON.stringify({ n: 1, at: '2026-11-29T03:11:00.000Z', ...begun, owner: 'anna@laptop' })}\n`,
  );
  await tellTakenBack(story, dir, found);
  await tellTakenBack(story, dir, found);
  expect(events.map(({ type }) => type)).toEqual(['taken-back', 'taken-back']);
  expect(readdirSync(join(dir, 'journal'))).toHaveLength(2);
  const runs = await history(dir);
  expect(runs).toMatchObject([{ run: '0f3a9c21', ended: 'cut off', takenBack: [{ host: 'kw-1' }] }]);
  expect(historyText(runs, false)).toContain('kw-1 took it back by itself at 2026-11-29 03:12:44');
});

test('of a run from another control machine the history knows what the host says', async () => {
  const { dir, story } = storyIn();
  await tellTakenBack(story, dir, found);
  expect(await history(dir)).toMatchObject([
    { at: '2026-11-29T03:11:02Z', command: 'kw up', owner: 'anna@laptop', takenBack: [{ host: 'kw-1' }] },
  ]);
});

test('nothing was taken back: nothing is told, and nothing is written', async () => {
  const { dir, story, events } = storyIn();
  await tellTakenBack(story, dir, new Map([['kw-1', read('end\n')]]));
  expect([events, readdirSync(join(dir, 'journal'))]).toEqual([[], []]);
});

test('who wants to change something waits for a host that is about to, and hears what it did', async () => {
  const { story, events } = storyIn();
  const answers = ['now waiting\nend\n', 'now taking\nend\n', `${note}end\n`];
  const asked: string[] = [];
  const session = {
    connections: () => Promise.reject(new Error('nobody is asked to hurry')),
    ask: async (queries: readonly { readonly host: string }[]) => {
      asked.push(queries.map(({ host }) => host).join());
      return new Map([['kw-1', { raw: answers.shift() ?? '' }]]);
    },
  };
  const first = new Map([
    ['kw-1', read('now waiting\nend\n')],
    ['kw-2', read('end\n')],
  ]);
  const quiet = await untilQuiet(story, session, first, async () => undefined);
  expect(asked).toEqual(['kw-1', 'kw-1', 'kw-1']);
  expect(quiet.get('kw-1')?.past).toHaveLength(1);
  expect(events).toMatchObject([
    { type: 'note', host: 'kw-1', says: expect.stringContaining('waits to be confirmed') },
  ]);
});

test('a change of a run that died on this control machine is taken back at once, and of no other', async () => {
  const dead = { ...controlProcess(), started: 'before', run: '0f3a9c21' };
  const waiting = (by: object) => read(`now waiting\nby ${JSON.stringify(by)}\nend\n`);
  const told = async (by: object): Promise<readonly string[]> => {
    const { story, events } = storyIn();
    const scripts: string[] = [];
    const connections = async () => ({
      run: async (script: string) => {
        scripts.push(script);
        return { code: 0, stdout: '', stderr: '' };
      },
    });
    const session = { connections, ask: async () => new Map([['kw-1', { raw: 'end\n' }]]) };
    await untilQuiet(story, session as never, new Map([['kw-1', waiting(by)]]), async () => undefined);
    return [...scripts, ...events.flatMap(event => (event.type === 'note' ? event.says : []))];
  };
  expect(await told(dead)).toEqual([hasten('0f3a9c21'), expect.stringContaining('is taken back now')]);
  for (const other of [controlProcess(), { ...dead, machine: 'another' }, { ...dead, run: '$(reboot)' }, {}])
    expect(await told(other)).toEqual([expect.stringContaining('waits to be confirmed')]);
});

test('its words say what, when, why and by whom, and that the same file does it again', () => {
  const [past] = found.get('kw-1')?.past ?? [];
  if (!past) throw new Error('no note');
  expect(takenBackText({ type: 'taken-back', host: 'kw-1', ...past })).toBe(
    'kw-1 took a change back by itself at 2026-11-29 03:12:44 (UTC): kube-apiserver, kube-scheduler served again as ' +
      'before after 9 s. The change was made by kw up (anna@laptop) at 2026-11-29 03:11:02, and nobody had confirmed ' +
      'it. With the same file, kw up makes it again: see what it does to who calls the API, or undo the edit',
  );
  expect(takenBackText({ type: 'taken-back', host: 'kw-1', ...past, ok: false, why: 'boot' })).toContain(
    'is as before, and did not serve. The change was made by kw up (anna@laptop) at 2026-11-29 03:11:02, and the host ' +
      'started anew before anybody had confirmed it.',
  );
});

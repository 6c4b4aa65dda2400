/**
 * The memory of runs: one JSON line per event, appended and synced. It is not a truth about hosts, only of what was
 * done. Writes of one tick share a write and an fsync.
 */
import { type FileHandle, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Event, WorldFailed } from '../model/event.js';
import { makeHome } from '../transport/home-folder.js';

export interface Journal {
  readonly file: string;
  append(event: Event): void;
  /** Resolves when all that was appended before is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * `directory`: `.kubewizard/NAME`. The file is `journal/<time>-<run>.jsonl` below it, with milliseconds: of two runs
 * within a second the later one is read as the later one.
 */
export const openJournal = async (directory: string, run: string, at: Date): Promise<Journal> => {
  const folder = join(directory, 'journal');
  await makeHome(folder);
  const file = join(folder, `${at.toISOString().replace(/[-:]/g, '')}-${run}.jsonl`);
  const handle = await open(file, 'ax', 0o600);
  await syncFolder(folder);
  const writer = batches(handle);
  return {
    file,
    append: event => writer.add(`${JSON.stringify(remembered(event))}\n`),
    sync: writer.sync,
    close: async () => {
      try {
        await writer.sync();
      } finally {
        await handle.close();
      }
    },
  };
};

/** Of a plan its digest and what was not seen: its steps follow, each by its own events. */
const remembered = (event: Event): Event =>
  event.type === 'plan' ? { ...event, plan: { ...event.plan, steps: [] } } : event;

const batches = (handle: FileHandle): { add(line: string): void; sync(): Promise<void> } => {
  let waiting: string[] = [];
  let last = Promise.resolve();
  const write = async (): Promise<void> => {
    const text = waiting.join('');
    waiting = [];
    if (text === '') return;
    await handle.appendFile(text);
    await handle.datasync();
  };
  const sync = (): Promise<void> => {
    // Whoever asks while a batch is being written shares the next one.
    last = last.then(write);
    return last;
  };
  return {
    add: line => {
      waiting.push(line);
    },
    sync,
  };
};

/** A name in a folder is on the disk only once the folder is. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/**
 * All events of a run. A last line that was cut off in the middle (the control machine died) is left out; any other
 * that is not an event throws WorldFailed with its place.
 */
export const readJournal = async (file: string): Promise<readonly Event[]> =>
  parseJournal(await readFile(file, 'utf8'), file);

export const parseJournal = (text: string, file = 'the journal'): readonly Event[] => {
  const lines = text.split('\n');
  // A whole line ends with a newline: what is behind the last one was cut off.
  return lines.slice(0, -1).flatMap((line, index) => {
    if (line === '') return [];
    const event = eventIn(line);
    if (event) return [event];
    throw new WorldFailed({
      class: 'refused',
      message: `${file}:${index + 1} is not an event: the file is damaged, or another program wrote it`,
      help: 'move the file away: it only remembers what was done, and kw asks the hosts how things are',
    });
  });
};

/** undefined: it is not an event of any version. */
export const eventIn = (line: string): Event | undefined => {
  try {
    const one = JSON.parse(line) as Partial<Record<'type' | 'at', unknown>> | null;
    return typeof one?.type === 'string' && typeof one.at === 'string' ? (one as Event) : undefined;
  } catch {
    return undefined;
  }
};

export interface RunRecord {
  readonly file: string;
  readonly run: string;
  readonly command: string;
  readonly owner: string;
  readonly startedAt: string;
  readonly steps: number;
  /** Absent: it was killed, or still runs. */
  readonly ended?: {
    readonly at: string;
    readonly ok: boolean;
    readonly done: number;
    readonly failed: number;
    readonly blocked: number;
  };
}

/** The newest first. */
export const listRuns = async (directory: string): Promise<readonly RunRecord[]> => {
  const folder = join(directory, 'journal');
  const names = await readdir(folder).catch(error => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files = names
    .filter(name => name.endsWith('.jsonl'))
    .sort()
    .reverse()
    .map(name => join(folder, name));
  const runs = await Promise.all(files.map(async file => summary(file, await readJournal(file))));
  return runs.flatMap(run => run ?? []);
};

const summary = (file: string, events: readonly Event[]): RunRecord | undefined => {
  const started = events.find(event => event.type === 'run-started');
  if (started?.type !== 'run-started') return undefined;
  const { run, command, owner, steps, at } = started;
  const ended = events.findLast(event => event.type === 'run-ended');
  return {
    file,
    run,
    command,
    owner,
    steps,
    startedAt: at,
    ...(ended?.type === 'run-ended'
      ? { ended: { at: ended.at, ok: ended.ok, done: ended.done, failed: ended.failed, blocked: ended.blocked } }
      : {}),
  };
};

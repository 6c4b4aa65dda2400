/** What was done to a cluster from this control machine, by its journals. Asks no host. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { eventIn } from '../engine/journal.js';
import { type Event, withPutBack } from '../model/event.js';

export interface PastRun {
  readonly file: string;
  /** An instant. */
  readonly at: string;
  readonly command: string;
  readonly owner: string;
  readonly steps: number;
  /** `cut off`: its journal ends before the run did; `unreadable`: so does what can be read of it. */
  readonly ended: 'done' | 'failed' | 'cut off' | 'unreadable';
  readonly failed: number;
  readonly blocked: number;
  readonly seconds?: number;
  /** Absent: it ended before its proof, or had none. */
  readonly proven?: boolean;
  /** Credentials that were given or taken, `anna (until 2026-12-01)`. */
  readonly access: readonly string[];
  /** The first failure. */
  readonly why?: string;
}

/** A journal of a thousand hosts is some ten MB; more is no journal of a run. */
const most = 256 * 1024 * 1024;

/** The newest first. @param dir `.kubewizard/NAME` */
export const history = async (dir: string): Promise<readonly PastRun[]> => {
  const folder = join(dir, 'journal');
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files = names.filter(name => name.endsWith('.jsonl')).sort();
  const runs: PastRun[] = [];
  // One after the other: together they may be large.
  for (const name of files) runs.push(await pastRun(folder, name));
  return runs.reverse();
};

const pastRun = async (folder: string, name: string): Promise<PastRun> => {
  const path = join(folder, name);
  const { size, mtime } = await stat(path);
  const lines = size > most ? [] : (await readFile(path, 'utf8')).split('\n').filter(line => line !== '');
  return pastRunOf(
    name,
    lines.map(line => eventIn(line)),
    mtime.toISOString(),
  );
};

/** @param events undefined: a line that is not an event; the last may be half a line, where the machine died. */
export const pastRunOf = (file: string, events: readonly (Event | undefined)[], changedAt: string): PastRun => {
  const seen = events.filter(event => event !== undefined);
  const of = <T extends Event['type']>(type: T) =>
    seen.filter((event): event is Extract<Event, { type: T }> => event.type === type);
  const [started] = of('run-started');
  const ended = of('run-ended').at(-1);
  const proof = of('proof-ended').at(-1);
  const access = [
    ...of('credential-issued').map(issued),
    ...of('credential-revoked').map(one => `${one.user} revoked`),
  ];
  const torn = events.slice(0, -1).includes(undefined);
  const [step] = of('step-failed');
  const back = of('put-back').find(({ host }) => host === step?.host);
  const failure =
    (step && back ? withPutBack(step.failure, back.says) : step?.failure) ??
    of('host-lost')[0]?.failure ??
    of('failure')[0]?.failure;
  const [given] = [...of('credential-issued'), ...of('credential-revoked')];
  // A run that had nothing to do leaves this alone, where the cluster file is another.
  const [applied] = started ? [] : of('applied');
  return {
    file,
    at: seen[0]?.at ?? changedAt,
    command: started?.command ?? applied?.ran ?? (access.length > 0 ? 'kw kubeconfig' : 'unknown'),
    owner: started?.owner ?? applied?.owner ?? given?.owner ?? 'unknown',
    steps: started?.steps ?? 0,
    ended: ended
      ? ended.ok
        ? 'done'
        : 'failed'
      : torn || seen.length === 0
        ? 'unreadable'
        : access.length > 0 || applied
          ? 'done'
          : 'cut off',
    failed: ended?.failed ?? of('step-failed').length,
    blocked: ended?.blocked ?? of('step-blocked').length,
    ...(ended && { seconds: ended.seconds }),
    ...(proof && { proven: proof.ok }),
    access,
    ...(failure && { why: `${failure.host ? `${failure.host}: ` : ''}${failure.message}` }),
  };
};

const issued = ({ user, until }: Extract<Event, { type: 'credential-issued' }>): string =>
  `${user} (until ${until.slice(0, 10)})`;

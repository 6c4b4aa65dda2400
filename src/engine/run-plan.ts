/** A run as users know it: under the lock, into the journal, until its end. */
import { randomBytes } from 'node:crypto';
import type { EventBody } from '../model/event.js';
import type { Plan } from '../model/plan.js';
import { carryOut } from './carry-out.js';
import { type Context, hostDirs, type Outcome } from './context.js';
import { controlProcess } from './lock/control-process.js';
import type { Emitter } from './emitter.js';
import { type Journal, openJournal } from './journal.js';
import { type Lock, takeLock } from './lock/lock.js';
import { tellUploads } from './uploads.js';

export interface RunParts extends Omit<Context, 'run' | 'sync' | 'reveal' | 'issue'> {
  readonly dir: string;
  readonly command: string;
  readonly controlPlanes: readonly string[];
  readonly vault: Pick<Context, 'reveal' | 'issue'>;
  /** The story of which this run is a part. */
  readonly events: Emitter;
  /** Under the lock, before the first step; where it throws, none runs. */
  readonly before?: () => Promise<void>;
  /** A proof follows: lock and journal also for a plan without steps. */
  readonly proves?: boolean;
  /** The host that has this address; whoever comes from elsewhere (through NAT) is not a host that could be named. */
  readonly hostAt?: (address: string) => string | undefined;
  /** Seconds; for tests. */
  readonly lock?: { readonly ttl: number; readonly every: number };
  /** The lock of a story that had to look, or act, before its plan could be made; whoever took it gives it back. */
  readonly held?: Held;
}

export interface Held {
  /** The run's id. */
  readonly id: string;
  readonly lock: Lock;
}

/** The lock alone. Throws WorldFailed: locked, or the control planes' own failure. */
export const holdLock = async (parts: LockParts): Promise<Held> => {
  const id = newId();
  return { id, lock: await lockOf(id, parts, controlProcess()) };
};

const newId = (): string => randomBytes(4).toString('hex');

export interface Run {
  readonly outcome: Outcome;
  /** For what follows the plan in the same run: the proof. */
  readonly emit: (body: EventBody) => void;
  /** The journal is closed and the lock given back. */
  end(): Promise<void>;
}

/**
 * Throws WorldFailed: locked, or the control planes' own failure. A plan without steps takes no lock and leaves no
 * journal, unless a proof follows.
 */
export const runPlan = async (plan: Plan, parts: RunParts): Promise<Run> => {
  const id = parts.held?.id ?? newId();
  const self = controlProcess();
  const acts = plan.steps.length > 0 || parts.proves === true;
  const own = acts && !parts.held ? await lockOf(id, parts, self) : undefined;
  const lock = parts.held?.lock ?? own;
  const { events } = parts;
  let journal: Journal | undefined;
  const end = async (): Promise<void> => {
    await own?.release();
    events.detach();
    await journal?.close();
  };
  try {
    journal = acts ? await openJournal(parts.dir, id, parts.clock()) : undefined;
    if (journal) events.attach(journal);
    const silent = tellUploads(parts, events.emit);
    const signals = [parts.signal, lock?.lost].filter(each => each !== undefined);
    await parts.before?.();
    const outcome = await carryOut(
      plan,
      {
        ...parts,
        ...parts.vault,
        run: { id, command: parts.command, owner: self.owner },
        sync: events.sync,
        ...(signals.length > 0 ? { signal: AbortSignal.any(signals) } : {}),
      },
      events.emit,
    ).finally(silent);
    if (lock?.lost.aborted) throw lock.lost.reason;
    return { outcome, emit: events.emit, end };
  } catch (error) {
    await end();
    throw error;
  }
};

type LockParts = Pick<RunParts, 'controlPlanes' | 'connections' | 'command' | 'clock' | 'dirs' | 'lock'>;

const lockOf = (
  run: string,
  { controlPlanes, connections, command, clock, dirs, lock }: LockParts,
  process: ReturnType<typeof controlProcess>,
): Promise<Lock> =>
  takeLock({
    hosts: controlPlanes,
    home: host => (dirs?.(host) ?? hostDirs).home,
    connections,
    run,
    command,
    process,
    clock,
    ...lock,
  });

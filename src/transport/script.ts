/** One script on its way: loaded, started, fed, read, ended. */
import { StringDecoder } from 'node:string_decoder';
import type { Channel } from './connection.js';
import { type Bounds, neverStarted, within } from './bounds.js';
import { failed } from './failures.js';
import { type BecomeRoot, framed, loader, started } from './loader.js';
import { notStarted, sudoRefusal } from './not-started.js';
import type { Execution, Wire } from './wire.js';
import { WorldFailed } from '../model/event.js';
import type { Script } from '../shell/sh.js';

export interface Identity {
  readonly host: string;
  readonly user: string;
  readonly root: BecomeRoot;
}

export interface RunningScript extends Channel {
  readonly host: string;
  /** Never rejects: the session is free again. */
  readonly gone: Promise<void>;
  /** stdout as bytes; either this or `output` is read. */
  readonly bytes: AsyncIterable<Buffer>;
  readonly stderr: { readonly bytes: readonly Buffer[]; readonly size: number };
  /** Lets go of the channel; the script may live on. */
  destroy(): void;
}

const mostStderr = 1024 * 1024;
const mostNoise = 256 * 1024;

/** Resolves when the script begins to run. Rejects with WorldFailed when it cannot. */
export const startScript = async (
  wire: Wire,
  who: Identity,
  script: Script,
  kill: (pid: number, gone: Promise<void>) => void,
  { startMs }: Pick<Bounds, 'startMs'>,
): Promise<RunningScript> => {
  const late = () => neverStarted(who.host, startMs);
  try {
    return await within(launch(wire, who, script, kill), startMs, late);
  } catch (error) {
    // What it did not start by now it may never end either.
    if (error instanceof WorldFailed && error.failure.class === 'timeout') wire.drop(error);
    throw error;
  }
};

const launch = async (
  wire: Wire,
  who: Identity,
  script: Script,
  kill: (pid: number, gone: Promise<void>) => void,
): Promise<RunningScript> => {
  const execution = await wire.exec(loader(who.root));
  // A script that ends without reading its stdin is not a failure.
  execution.stdin.on('error', () => {});
  const stderr = collect(execution);
  execution.stdin.write(framed(script, who.root));
  const chunks = execution.stdout.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  const { pid, rest } = (await begin(chunks).catch(() => undefined)) ?? (await fail(wire, who, execution, stderr));
  let killed = false;
  const end = async () => {
    const code = await ended(wire, who, execution);
    // OpenSSH's client does not tell that a signal ended a script.
    if (killed && code !== 0) throw failed(who.host, 'exit', 'the script was killed');
    return code;
  };
  const bytes = spoken(rest, chunks, () => reason(wire, who, undefined), end);
  return {
    host: who.host,
    gone: execution.gone,
    bytes,
    stderr,
    output: decoded(bytes),
    done: quiet(outcome(end, stderr)),
    write: text => written(text, execution, wire),
    end: () => {
      execution.stdin.end();
    },
    kill: () => {
      killed = true;
      kill(pid, execution.gone);
    },
    destroy: () => execution.destroy(),
  };
};

/** `end` throws where the script did not end well, and then so does the last read. */
async function* spoken(
  first: Buffer,
  chunks: AsyncIterable<Buffer>,
  brokenOff: () => Promise<unknown>,
  end: () => Promise<unknown>,
): AsyncGenerator<Buffer, void> {
  if (first.length > 0) yield first;
  try {
    yield* chunks;
  } catch {
    // A stream that breaks off is the far end's doing, whatever Node calls it.
    throw await brokenOff();
  }
  await end();
}

const outcome = async (end: () => Promise<number>, stderr: Collected) => {
  const code = await end();
  // A server may tell the exit code before the last words.
  await Promise.race([stderr.ended, soon()]);
  return { code, stderr: Buffer.concat(stderr.bytes).toString() };
};

/** Once it is on its way, or nobody can take it any more. */
const written = (text: string, execution: Execution, wire: Wire): Promise<void> =>
  Promise.race([
    new Promise<void>(resolve => {
      execution.stdin.write(text, () => resolve());
    }),
    execution.gone,
    wire.lost.then(() => {}),
  ]);

interface Collected {
  readonly bytes: Buffer[];
  size: number;
  /** Never rejects. */
  readonly ended: Promise<void>;
}

const collect = (execution: Execution): Collected => {
  const ended = new Promise<void>(resolve => {
    for (const event of ['end', 'close', 'error']) execution.stderr.once(event, () => resolve());
  });
  const all: Collected = { bytes: [], size: 0, ended };
  execution.stderr.on('data', (chunk: Buffer) => {
    all.size += chunk.length;
    if (all.size <= mostStderr) all.bytes.push(chunk);
  });
  execution.stderr.on('error', () => {});
  return all;
};

// The noise of a login (a profile that prints) comes before; endless noise is not a start.
const begin = async (chunks: AsyncIterator<Buffer>): Promise<{ pid: number; rest: Buffer } | undefined> => {
  let seen: Buffer = Buffer.alloc(0);
  let noise = 0;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    seen = Buffer.concat([seen, next.value]);
    noise += next.value.length;
    const found = started(seen);
    if (found) return { pid: found.pid, rest: seen.subarray(found.from) };
    if (noise > mostNoise) return undefined;
    // Kept is only what may be the beginning of the word: a host that sends byte by byte costs no more than another.
    if (seen.length > 128) seen = Buffer.from(seen.subarray(-64));
  }
  return undefined;
};

const fail = async (wire: Wire, who: Identity, execution: Execution, stderr: Collected): Promise<never> => {
  // Its output has ended: its last words and its exit code are on their way, however busy this machine is.
  const { code } = await Promise.race([execution.exit, soon(lastWords)]);
  await Promise.race([stderr.ended, soon()]);
  execution.destroy();
  const output = Buffer.concat(stderr.bytes).toString();
  // What sudo said holds, whether or not the exit code came through.
  const sudoMessage = who.user === 'root' ? undefined : sudoRefusal(who.host, who.user, output);
  if (code === undefined) throw sudoMessage ?? (await reason(wire, who, undefined));
  throw notStarted(who.host, who.user, code, output);
};

const ended = async (wire: Wire, who: Identity, execution: Execution): Promise<number> => {
  const { code, signal } = await execution.exit;
  if (code !== undefined) return code;
  throw await reason(wire, who, signal);
};

const reason = async (wire: Wire, who: Identity, signal: string | undefined) => {
  if (signal) return failed(who.host, 'exit', `the script was killed (${signal})`);
  const lost = await Promise.race([wire.lost, soon().then(() => undefined)]);
  return lost ?? failed(who.host, 'unreachable', 'the connection ended before the script did');
};

const lastWords = 10_000;

const soon = (ms = 1000) =>
  new Promise<{ code?: number }>(resolve => {
    setTimeout(resolve, ms, {}).unref();
  });

const decoded = async function* (bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  for await (const chunk of bytes) {
    const text = decoder.write(chunk);
    if (text) yield text;
  }
  const last = decoder.end();
  if (last) yield last;
};

/** Nobody may be waiting for it: that is not a unhandled rejection. */
const quiet = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => {});
  return promise;
};

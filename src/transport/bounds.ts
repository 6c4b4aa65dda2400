/**
 * What one host may make this program hold, and how long it may be waited for. A host that goes beyond is broken or
 * hostile: its connection is dropped with a word on what it did, and no other host notices.
 */
import type { WorldFailed } from '../model/event.js';
import { failed } from './failures.js';

export interface Bounds {
  /** Milliseconds from the wish to start a script until the host says that it starts. */
  readonly startMs: number;
  /** Milliseconds for a script whose caller named no limit. */
  readonly runMs: number;
  /** Milliseconds in which a killed script must have let go of its session. */
  readonly killMs: number;
  /** Milliseconds for a forwarded socket to come. */
  readonly forwardMs: number;
  /** Bytes of stdout and stderr together, of a script whose caller named no limit. */
  readonly answerBytes: number;
  /** Bytes that came and that nobody has read: more than a window of SSH, which a good host keeps. */
  readonly unreadBytes: number;
  /** Bytes that wait for a host that does not read. */
  readonly unsentBytes: number;
}

const MiB = 1024 * 1024;

export const bounds: Bounds = {
  startMs: 30_000,
  runMs: 600_000,
  killMs: 15_000,
  forwardMs: 15_000,
  answerBytes: 64 * MiB,
  unreadBytes: 16 * MiB,
  unsentBytes: 64 * MiB,
};

const read = 'look at what this host runs: is it broken, or in foreign hands? Until then leave it out: --without HOST';

export const neverStarted = (host: string, ms: number): WorldFailed =>
  failed(
    host,
    'timeout',
    `the host did not start a script within ${ms / 1000} s of the login`,
    'try on it: sudo -n true; a login shell whose profile waits or prints for ever, or a sudo that asks DNS, does this',
  );

export const neverLetGo = (host: string, ms: number): WorldFailed =>
  failed(host, 'timeout', `a script was killed, and the host had not let go of it ${ms / 1000} s later`, read);

export const tooMuch = (host: string, bytes: number): WorldFailed =>
  failed(host, 'exit', `the script printed more than ${bytes} bytes`, read);

export const floods = (host: string): WorldFailed =>
  failed(host, 'refused', 'the host sends more than it was asked for, or takes in nothing that it is sent', read);

/** Words of the SSH protocol that a host may not break off; `promise`, or the failure after `ms`. */
export const within = async <T>(promise: Promise<T>, ms: number, late: () => WorldFailed): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(late()), ms);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
};

/** The end of a text that may have no end. */
export const lastOf = (text: string, bytes = 65_536): string => (text.length > bytes ? text.slice(-bytes) : text);

/** What a transport must be able to do so that `session` can make a Connection of it. */
import type { Duplex, Readable, Writable } from 'node:stream';
import type { WorldFailed } from '../model/event.js';

export interface Execution {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Never rejects. `code` undefined: it did not end by itself (connection lost, or killed by `signal`). */
  readonly exit: Promise<{ readonly code?: number; readonly signal?: string }>;
  /** Never rejects: resolves when the far end has let go of it and its output was read. */
  readonly gone: Promise<void>;
  /** Lets go of it, whatever it does. */
  destroy(): void;
}

export interface Wire {
  /** Starts a command line in the login shell of the user. */
  exec(command: string): Promise<Execution>;
  forward(address: string, port: number): Promise<Duplex>;
  close(): void;
  /** Ends it at once, without a word from the far end; `lost` and all that waits say `why`. */
  drop(why: WorldFailed): void;
  /** Never rejects: undefined after `close()`, else why the connection was lost. */
  readonly lost: Promise<WorldFailed | undefined>;
}

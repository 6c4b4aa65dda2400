/** A script's output as far as it came: a host that hangs, or goes away, has said something before. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WorldFailed } from '../../model/event.js';
import type { Channel, Connection } from '../../transport/connection.js';
import { messageOf } from './why.js';
import type { Script } from '../../shell/sh.js';

export interface Heard {
  readonly stdout: string /** Why it is not all. */;
  readonly broke?: string;
}

const mostBytes = 64 * 1024 * 1024;
// A script that is killed ends within two seconds, unless its host is gone.
const grace = 3000;

/** Rejects with WorldFailed where nothing came at all. */
export const heard = async (line: Connection, script: Script, timeoutMs: number): Promise<Heard> => {
  const state: { stdout: string; broke?: string; channel?: Channel } = { stdout: '' };
  const stop = (why: string): void => {
    state.broke ??= why;
    state.channel?.kill();
  };
  const timer = setTimeout(() => stop(`no end within ${timeoutMs / 1000} s`), timeoutMs);
  const done = new AbortController();
  try {
    await Promise.race([
      listen(line, script, state, stop),
      sleep(timeoutMs + grace, undefined, { signal: done.signal, ref: false }).catch(() => undefined),
    ]);
  } finally {
    clearTimeout(timer);
    done.abort();
  }
  const { stdout, broke } = state;
  if (broke !== undefined && stdout === '')
    throw new WorldFailed({ class: 'timeout', host: line.host, message: `the host answered nothing: ${broke}` });
  return { stdout, ...(broke !== undefined && { broke }) };
};

const listen = async (
  line: Connection,
  script: Script,
  state: { stdout: string; broke?: string; channel?: Channel },
  stop: (why: string) => void,
): Promise<void> => {
  const channel = await line.open(script);
  state.channel = channel;
  channel.end();
  channel.done.catch(() => undefined);
  try {
    for await (const chunk of channel.output) {
      if (state.stdout.length + chunk.length > mostBytes) {
        stop(`more than ${mostBytes} bytes`);
        return;
      }
      state.stdout += chunk;
    }
  } catch (error) {
    state.broke ??= messageOf(error);
  }
};

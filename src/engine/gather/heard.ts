/** A script's output as far as it came: a host that hangs, or goes away, has said something before. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WorldFailed } from '../../model/event.js';
import type { Channel, Connection } from '../../transport/connection.js';
import { messageOf } from './why.js';
import type { Script } from '../../shell/sh.js';

export interface Heard {
  readonly stdout: string;
  /** Why it is not all. */
  readonly broke?: string;
}

const mostBytes = 64 * 1024 * 1024;
// A script that is killed ends within two seconds, unless its host is gone.
const grace = 3000;

interface State {
  chunks: string[];
  size: number;
  broke?: string;
  channel?: Channel;
}

/** Rejects with WorldFailed where nothing came at all. */
export const heard = async (line: Connection, script: Script, timeoutMs: number): Promise<Heard> => {
  const state: State = { chunks: [], size: 0 };
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
  const { broke } = state;
  const stdout = state.chunks.join('');
  if (broke !== undefined && stdout === '')
    throw new WorldFailed({ class: 'timeout', host: line.host, message: `the host answered nothing: ${broke}` });
  return { stdout, ...(broke !== undefined && { broke }) };
};

const listen = async (line: Connection, script: Script, state: State, stop: (why: string) => void): Promise<void> => {
  const channel = await line.open(script);
  state.channel = channel;
  if (state.broke !== undefined) channel.kill();
  channel.end();
  channel.done.catch(() => undefined);
  try {
    for await (const chunk of channel.output) {
      state.size += chunk.length;
      if (state.size > mostBytes) return stop(`it printed more than ${mostBytes} bytes`);
      // Byte by byte, each piece would cost many times what it holds.
      if (state.chunks.length > 4096) state.chunks = [state.chunks.join('')];
      state.chunks.push(chunk);
    }
  } catch (error) {
    state.broke ??= messageOf(error);
  }
};

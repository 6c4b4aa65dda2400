/** A Connection over any wire: scripts take turns in at most eight sessions, and end when they must. */
import type { Connection, Outcome, RunOptions } from './connection.js';
import { failed, interrupted } from './failures.js';
import { killer } from './loader.js';
import { type Identity, type RunningScript, startScript } from './script.js';
import { slots } from './slots.js';
import type { Wire } from './wire.js';
import type { Script } from '../shell/sh.js';

// sshd's MaxSessions is 10 unless set; two stay free for killing.
const mostSessions = 8;
const mostBytes = 64 * 1024 * 1024;

export const session = (wire: Wire, who: Identity): Connection => {
  const line = slots(mostSessions);

  const kill = (pid: number): void => {
    startScript(wire, who, killer(pid), () => {})
      .then(script => {
        script.end();
        return drain(script);
      })
      .catch(() => {});
  };

  const open = async (script: Script, signal?: AbortSignal): Promise<RunningScript> => {
    const giveBack = await line.take();
    try {
      if (signal?.aborted) throw interrupted(who.host);
      const running = await startScript(wire, who, script, kill);
      const abort = () => running.kill();
      signal?.addEventListener('abort', abort);
      if (signal?.aborted) running.kill();
      const over = () => {
        signal?.removeEventListener('abort', abort);
        giveBack();
      };
      void running.gone.then(over);
      return running;
    } catch (error) {
      giveBack();
      throw error;
    }
  };

  return {
    host: who.host,
    open: (script, options) => open(script, options?.signal),
    run: (script, options = {}) => run(who.host, signal => open(script, signal), options),
    forward: (address, port) => wire.forward(address, port),
    close: () => wire.close(),
    closed: wire.lost,
  };
};

const drain = async (script: RunningScript): Promise<void> => {
  for await (const _ of script.bytes);
};

/** The first of: the script ends, the time is up, the caller gives up, too much is printed. The last three kill it. */
const run = async (
  host: string,
  open: (signal: AbortSignal) => Promise<RunningScript>,
  options: RunOptions,
): Promise<Outcome> => {
  const stop = new AbortController();
  const { promise: stopped, give: giveUp } = early(stop);
  const { timeoutMs, signal } = options;
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(
          () => giveUp(failed(host, 'timeout', `the script did not end within ${timeoutMs / 1000} s`)),
          timeoutMs,
        );
  const abort = () => giveUp(interrupted(host));
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  try {
    const opening = open(stop.signal);
    opening.catch(() => {});
    const script = await Promise.race([opening, stopped]);
    const whole = read(script, options);
    whole.catch(() => {});
    return await Promise.race([whole, stopped]);
  } catch (error) {
    stop.abort();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
};

const early = (stop: AbortController) => {
  let give: (error: Error) => void = () => {};
  const promise = new Promise<never>((_, reject) => {
    give = error => {
      reject(error);
      stop.abort();
    };
  });
  promise.catch(() => {});
  return { promise, give };
};

const read = async (script: RunningScript, { stdin, maxBytes = mostBytes }: RunOptions): Promise<Outcome> => {
  if (stdin) script.write(stdin);
  script.end();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of script.bytes) {
    size += chunk.length;
    if (size + script.stderr.size > maxBytes)
      throw failed(script.host, 'exit', `the script printed more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const { code, stderr } = await script.done;
  return { code, stdout: Buffer.concat(chunks).toString(), stderr };
};

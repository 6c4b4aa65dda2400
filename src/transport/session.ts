/** A Connection over any wire: scripts take turns in at most eight sessions, and end when they must. */
import type { Duplex } from 'node:stream';
import type { Connection, Outcome, RunOptions } from './connection.js';
import { failed, interrupted } from './failures.js';
import { bounds as usual, type Bounds, neverLetGo, tooMuch, within } from './bounds.js';
import { killer } from './loader.js';
import { type Identity, type RunningScript, startScript } from './script.js';
import { slots } from './slots.js';
import type { Wire } from './wire.js';
import type { Script } from '../shell/sh.js';

// sshd's MaxSessions is 10 unless set; two stay free for killing.
const mostSessions = 8;

export const session = (wire: Wire, who: Identity, bounds: Bounds = usual): Connection => {
  const line = slots(mostSessions);

  const kill = (pid: number, gone: Promise<void>): void => {
    void within(gone, bounds.killMs, () => neverLetGo(who.host, bounds.killMs)).catch(wire.drop);
    startScript(wire, who, killer(pid), () => {}, bounds)
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
      const running = await startScript(wire, who, script, kill, bounds);
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
    run: (script, options = {}) => run(who.host, signal => open(script, signal), options, bounds),
    forward: (address, port) => forward(wire, who.host, address, port, bounds.forwardMs),
    close: () => wire.close(),
    closed: wire.lost,
  };
};

const forward = async (wire: Wire, host: string, address: string, port: number, ms: number): Promise<Duplex> => {
  const coming = wire.forward(address, port);
  let late = false;
  coming.then(
    socket => {
      if (late) socket.destroy();
    },
    () => {},
  );
  return within(coming, ms, () => {
    late = true;
    return failed(host, 'timeout', `no connection from the host to ${address} port ${port} within ${ms / 1000} s`);
  });
};

const drain = async (script: RunningScript): Promise<void> => {
  for await (const _ of script.bytes);
};

/** The first of: the script ends, the time is up, the caller gives up, too much is printed. The last three kill it. */
const run = async (
  host: string,
  open: (signal: AbortSignal) => Promise<RunningScript>,
  options: RunOptions,
  bounds: Bounds,
): Promise<Outcome> => {
  const stop = new AbortController();
  const { promise: stopped, give: giveUp } = early(stop);
  const { timeoutMs = bounds.runMs, signal } = options;
  const timer = setTimeout(
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
    const whole = read(script, options, bounds.answerBytes);
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

const read = async (
  script: RunningScript,
  { stdin, maxBytes: most }: RunOptions,
  usually: number,
): Promise<Outcome> => {
  const maxBytes = most ?? usually;
  if (stdin) void script.write(stdin);
  script.end();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of script.bytes) {
    size += chunk.length;
    if (size + script.stderr.size > maxBytes) throw tooMuch(script.host, maxBytes);
    chunks.push(chunk);
  }
  const { code, stderr } = await script.done;
  return { code, stdout: Buffer.concat(chunks).toString(), stderr };
};

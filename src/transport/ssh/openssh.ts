/** SSH by the system's own client, for what ssh2 lacks: certificates, security keys, everything in ~/.ssh/config. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import type { WorldFailed } from '../../model/event.js';
import { type Deadline, deadline } from '../deadline.js';
import { lastOf } from '../bounds.js';
import { dialled } from './dial.js';
import { failed, interrupted } from '../failures.js';
import { type HostKey, parseHostKey } from './host-key.js';
import { refusal } from './openssh-refusal.js';
import { pinnedAlias, pinnedFile, wordsFor } from './openssh-words.js';
import type { Route } from './route.js';
import { trust } from './trust.js';
import { childExecution } from '../child.js';
import type { Wire } from '../wire.js';

const defaultTimeoutMs = 10_000;

/** One master process per host holds the connection (ControlMaster), each script is one more process. */
export const opensshWire = async (route: Route): Promise<Wire> => {
  const { target, options } = route;
  const ms = options.timeoutMs ?? defaultTimeoutMs;
  const limit = deadline(
    ms,
    () =>
      failed(
        target.name,
        'unreachable',
        `${dialled(target)} port ${target.ssh.port}: ssh did not log in within ${ms / 1000} s`,
        `try: ssh -v -p ${target.ssh.port} ${target.ssh.user}@${route.asked}`,
      ),
    () => interrupted(target.name),
    options.signal,
  );
  // Short: the path of a unix socket ends at 104 characters.
  const directory = await mkdtemp(join(tmpdir(), 'kw-'));
  try {
    await pin([...route.jumps, route], directory);
    const words = [...wordsFor(route, { directory }), '-o', `ControlPath="${join(directory, 'c')}"`];
    const master = await start(route, words, directory, limit).catch(async error => {
      if (!(error instanceof HostKeyRefused)) throw error;
      await settleHostKeys(route, directory, limit, error);
      return start(route, words, directory, limit);
    });
    return wire(route, words, master, directory);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error instanceof HostKeyRefused ? error.failure : error;
  } finally {
    limit.stop();
  }
};

class HostKeyRefused extends Error {
  readonly failure: WorldFailed;
  constructor(failure: WorldFailed) {
    super(failure.message);
    this.failure = failure;
  }
}

const pin = async (routes: readonly Route[], directory: string): Promise<void> => {
  for (const route of routes) {
    const { hostKey } = route.host.ssh;
    if (hostKey !== undefined) await writeFile(pinnedFile(directory, route), `${pinnedAlias} ${hostKey}\n`);
  }
};

const start = async (
  { target: host, asked }: Route,
  words: readonly string[],
  directory: string,
  limit: Deadline,
): Promise<ChildProcessWithoutNullStreams> => {
  const master = spawn('ssh', ['-M', '-N', '-o', 'ControlPersist=no', ...words, '--', asked]);
  const state: { output: string; over?: WorldFailed } = { output: '' };
  master.stderr.on('data', chunk => {
    state.output = lastOf(state.output + chunk);
  });
  master.once('error', error => {
    state.over = failed(host.name, 'unreachable', `cannot start ssh: ${error.message}`, 'install openssh-client');
  });
  // `close`, not `exit`: all that it said has been read then.
  master.once('close', () => {
    state.over ??= refusal(host, state.output);
  });
  try {
    // The socket appears once the login succeeded.
    while (!existsSync(join(directory, 'c'))) {
      if (state.over)
        throw /Host key verification failed/.test(state.output) ? new HostKeyRefused(state.over) : state.over;
      await limit.race(
        new Promise(resolve => {
          setTimeout(resolve, 10);
        }),
      );
    }
  } catch (error) {
    master.kill();
    throw error;
  }
  return master;
};

/**
 * ssh names no fingerprint of a key that it does not know: it writes down which key each host on the way shows, and
 * what is known of them words the refusal, or asks.
 */
const settleHostKeys = async (
  route: Route,
  directory: string,
  limit: Deadline,
  error: HostKeyRefused,
): Promise<void> => {
  const all = [...route.jumps, route];
  for (const [n, each] of all.entries()) {
    const shown = await limit.race(
      keyShownBy({ ...each, jumps: all.slice(0, n) }, join(directory, `seen-${n}`), directory),
    );
    if (!shown) throw error;
    const refused = await limit.pauseFor((await trust(each.target, each.options)).verify(shown));
    if (refused) throw refused;
  }
};

/** undefined: nobody answers there. */
const keyShownBy = (route: Route, probe: string, directory: string): Promise<HostKey | undefined> =>
  new Promise(resolve => {
    const words = wordsFor(route, { directory, probe });
    const child = spawn('ssh', [...words, '--', route.asked, 'true'], { stdio: 'ignore' });
    child.once('error', () => resolve(undefined));
    child.once('close', () => {
      void readFile(probe, 'utf8').then(
        text => resolve(parseHostKey(text.trim().split(/\s+/).slice(1).join(' '))),
        () => resolve(undefined),
      );
    });
  });

const wire = (
  { target: host, asked }: Route,
  words: readonly string[],
  master: ChildProcessWithoutNullStreams,
  directory: string,
): Wire => {
  const { lost, isOver, close, drop } = lifeOf(host.name, master, directory);
  const client = (more: readonly string[], command: readonly string[] = []) => {
    if (isOver()) throw failed(host.name, 'unreachable', 'the connection was closed');
    // Without its master, a client must not log in anew.
    const alone = ['-o', 'ControlMaster=no', '-o', 'ProxyCommand=false'];
    return spawn('ssh', [...alone, ...words, ...more, '--', asked, ...command]);
  };
  return {
    lost,
    // 255 is mostly ssh's own; on a busy control machine the master may end well after its clients did.
    exec: async command =>
      childExecution(
        client([], [command]),
        async code => code !== 255 || !(await Promise.race([lost.then(() => true), pause(2000)])),
      ),
    forward: async (address, port) =>
      tunnel(client(['-W', `${address.includes(':') ? `[${address}]` : address}:${port}`])),
    close,
    drop,
  };
};

/** A connection lives as long as its master: closed by us, dropped for a reason, or lost. */
const lifeOf = (host: string, master: ChildProcessWithoutNullStreams, directory: string) => {
  let closed = false;
  let output = '';
  let dropped: WorldFailed | undefined;
  master.stderr.on('data', chunk => {
    output = lastOf(output + chunk);
  });
  const wasLost = (): WorldFailed =>
    failed(
      host,
      'unreachable',
      `the connection was lost${output ? `: ${output}` : ''}`,
      'check that the host is up, then run the same command again: it goes on where it was',
    );
  return {
    lost: new Promise<WorldFailed | undefined>(resolve => {
      master.once('close', () => {
        resolve(closed ? undefined : (dropped ?? wasLost()));
        void rm(directory, { recursive: true, force: true });
      });
    }),
    isOver: (): boolean => closed || master.exitCode !== null || master.signalCode !== null,
    close: (): void => {
      closed = true;
      master.kill();
    },
    drop: (why: WorldFailed): void => {
      dropped ??= why;
      master.kill('SIGKILL');
    },
  };
};

const pause = (ms: number) =>
  new Promise<undefined>(resolve => {
    setTimeout(resolve, ms, undefined).unref();
  });

const tunnel = (child: ChildProcessWithoutNullStreams): Duplex => {
  const duplex = Duplex.from({ writable: child.stdin, readable: child.stdout });
  child.stdin.on('error', () => {});
  duplex.on('close', () => {
    child.kill();
  });
  return duplex;
};

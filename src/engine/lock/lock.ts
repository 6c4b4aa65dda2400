/**
 * One run at a time per cluster: a lock with an owner and an expiry on the control planes (design, section 3, rule 5).
 */
import { type Failure, WorldFailed } from '../../model/event.js';
import { escapeForTerminal } from '../../shell/terminal.js';
import type { Context } from '../context.js';
import { type ControlProcess, isDead } from './control-process.js';
import { failureOf } from '../run/step-tracker.js';
import { type LockTerms, releaseScript, renewScript, takeScript } from './script.js';
import type { Script } from '../../shell/sh.js';

export interface LockRequest {
  /** The control planes of the cluster file. */
  readonly hosts: readonly string[];
  readonly home: (host: string) => string;
  readonly connections: Context['connections'];
  readonly run: string;
  readonly command: string;
  readonly process: ControlProcess;
  readonly clock: () => Date;
  /** Seconds. Default 60. */
  readonly ttl?: number;
  /** Seconds between renewals. Default 20. */
  readonly every?: number;
}

export interface Lock {
  /**
   * Aborted with a WorldFailed when somebody else has the lock now, or nobody could be told for too long that we live.
   */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Most of the control planes that answer must give it. The first of them decides between two that come at once.
 * Rejects with WorldFailed: `locked`, or the failure of the hosts.
 */
export const takeLock = async (asked: LockRequest): Promise<Lock> => {
  const request: Taking = { ...asked, since: asked.clock().toISOString() };
  const taken: string[] = [];
  const failures: Failure[] = [];
  try {
    const [first, ...others] = request.hosts;
    let ahead = first;
    // One after the other until one answers; the rest side by side.
    while (ahead !== undefined && !(await takeOn(ahead, request, taken, failures))) ahead = others.shift();
    // All of them, refused or not: one that is still under way would leave a lock behind.
    const rest = await Promise.allSettled(others.map(host => takeOn(host, request, taken, failures)));
    for (const each of rest) if (each.status === 'rejected') throw each.reason;
    const answered =
      request.hosts.length - failures.filter(each => each.class === 'unreachable' || each.class === 'auth').length;
    if (taken.length === 0 || taken.length * 2 <= answered)
      throw new WorldFailed(failures[0] ?? { class: 'locked', message: 'no control plane to take the lock on' });
  } catch (error) {
    await Promise.all(taken.map(host => ask(host, releaseScript, request).catch(() => '')));
    throw error;
  }
  return held(taken, request);
};

type Taking = LockRequest & { readonly since: string };

/** False: the host could not be asked. Throws when somebody else has it. */
const takeOn = async (host: string, request: Taking, taken: string[], failures: Failure[]): Promise<boolean> => {
  try {
    const answer = await ask(host, takeScript, request);
    if (answer === 'taken') {
      taken.push(host);
      return true;
    }
    const other = holderIn(answer);
    if (!other)
      throw new WorldFailed({
        class: 'exit',
        host,
        message: `cannot write ${request.home(host)}/lock: ${answer || 'no answer'}`,
        help: 'is the disk full, or mounted read-only?',
      });
    if (!isDead(other.owner, request.process)) throw refusal(host, other);
    if ((await ask(host, terms => takeScript({ ...terms, dead: [other.owner.run] }), request)) !== 'taken')
      throw refusal(host, other);
    taken.push(host);
    return true;
  } catch (error) {
    const failure = failureOf(error);
    if (failure.class === 'locked') throw error;
    failures.push(failure);
    return false;
  }
};

const ask = async (host: string, script: (terms: LockTerms) => Script, request: Taking): Promise<string> => {
  const { run, command, process, since, ttl = 60 } = request;
  const owner: Owner = { ...process, run, command, since };
  const terms: LockTerms = { home: request.home(host), run, owner: JSON.stringify(owner), ttl, dead: [] };
  const connection = await request.connections(host);
  const { stdout, stderr } = await connection.run(script(terms), { timeoutMs: 30_000 });
  return stdout.trim() || stderr.trim();
};

interface Owner extends ControlProcess {
  readonly run: string;
  readonly command: string;
  readonly since: string;
}
interface Holder {
  readonly left: number;
  readonly owner: Owner;
}

const holderIn = (output: string): Holder | undefined => {
  const found = /^held (\d+) (.*)$/.exec(output);
  if (!found) return undefined;
  try {
    return { left: Number(found[1]), owner: JSON.parse(found[2] ?? '') as Owner };
  } catch {
    return {
      left: Number(found[1]),
      owner: {
        owner: 'somebody',
        machine: '',
        pid: 0,
        started: '',
        run: 'unknown',
        command: 'a command',
        since: 'an unknown time',
      },
    };
  }
};

const refusal = (host: string, { left, owner }: Holder): WorldFailed =>
  new WorldFailed({
    class: 'locked',
    host,
    message: escapeForTerminal(
      `${owner.owner} (process ${owner.pid}) has been running \`${owner.command}\` on this cluster since ` +
        `${owner.since}`,
    ),
    help: `wait for it to end; if it is dead, its lock expires in ${left} s: wait, or run it again then`,
  });

const held = (hosts: readonly string[], request: Taking): Lock => {
  const { ttl = 60, every = 20 } = request;
  const lost = new AbortController();
  let alive = performance.now();
  const renew = async (): Promise<void> => {
    const answers = await Promise.all(
      hosts.map(host => ask(host, renewScript, request).catch(error => failureOf(error).message)),
    );
    if (answers.filter(each => each === 'taken' || each === 'gone').length * 2 > hosts.length)
      alive = performance.now();
    const other = answers.map(holderIn).find(each => each !== undefined);
    if (other && answers.filter(holderIn).length * 2 > hosts.length) lost.abort(refusal(hosts[0] ?? '', other));
    else if (performance.now() - alive > ttl * 1000)
      lost.abort(
        new WorldFailed({
          class: 'locked',
          message: `the lock could not be renewed for ${ttl} s: ${answers.join('; ')}`,
          help: 'run the same command again: it goes on where it was',
        }),
      );
  };
  const timer = setInterval(() => {
    void renew();
  }, every * 1000);
  timer.unref();
  return {
    lost: lost.signal,
    async release() {
      clearInterval(timer);
      await Promise.all(hosts.map(host => ask(host, releaseScript, request).catch(() => '')));
    },
  };
};

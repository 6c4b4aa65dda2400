/** A command's ports: this process's terminal, environment and signals, for the stories that know none of them. */
import { homedir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { isatty } from 'node:tty';
import { confirm, isCancel, text } from '@clack/prompts';
import { defaultCache, recallArtifacts, resolveArtifacts, type Wanted } from '../artifacts/index.js';
import type { ArtifactSet } from '../model/artifact.js';
import type { ClusterSpec } from '../model/cluster.js';
import type { Event } from '../model/event.js';
import { connect as transportConnect } from '../transport/connect.js';
import { fromSurroundings } from '../transport/environment.js';
import { keyName } from '../workflow/access.js';
import type { Ports } from '../workflow/ports.js';
import { accessPorts } from './access.js';
import type { AccessOptions } from './access-options.js';
import { type Asking, askingTerminal } from './asking.js';
import { interrupted } from './complaint.js';
import { type View, view } from './view/progress/view.js';

export const clock = (): Date => new Date();

export interface Telling {
  readonly json?: boolean | undefined;
  /** The story acts: its run is drawn (with `json`: printed), and an interruption ends it after the current actions. */
  readonly acts?: boolean;
  readonly access: AccessOptions;
}

/** Has a story told on this terminal; the view ends with it. */
export async function telling<T>(
  { json, acts = false, access }: Telling,
  tell: (ports: Ports) => Promise<T>,
): Promise<T> {
  const drawn = view({
    format: !acts ? 'words' : json ? 'json' : isDrawable() ? 'terminal' : 'lines',
    out: process.stdout,
    err: process.stderr,
    color: Boolean(process.stdout.isTTY) && !process.env.NO_COLOR,
    errorColor: colored(2),
    unicode: /utf-?8/i.test(process.env.LC_ALL || process.env.LC_CTYPE || process.env.LANG || ''),
    now: Date.now,
  });
  const stop = acts ? interruptible(drawn) : undefined;
  const person = askingTerminal();
  try {
    return await tell({
      emit: stop?.event ?? drawn.event,
      clock,
      connect,
      artifacts: { resolve: artifactsFor, atHand },
      folders: { home: kwHome(), working: resolve('.') },
      ...(person ? { consent: asked(person) } : {}),
      ...accessPorts(access),
      ...(stop ? { signal: stop.signal } : {}),
    });
  } finally {
    drawn.end();
    stop?.end();
  }
}

const isDrawable = (): boolean => Boolean(process.stdout.isTTY) && process.env.TERM !== 'dumb';

/** Whether a stream (1 stdout, 2 stderr) shows colours. */
export const colored = (stream: 1 | 2): boolean => isatty(stream) && !process.env.NO_COLOR;

const kwHome = (): string => join(homedir(), '.kubewizard');

/** As ssh on this machine would, for a cluster whose folder is `directory`. */
export const surroundings = (directory: string) =>
  fromSurroundings({ env: process.env, home: userInfo().homedir, kwHome: kwHome(), clusterDirectory: directory });

export const connect: Ports['connect'] = (host, way) => connectWithin(host, way, undefined);

/** @param timeoutMs To log in; absent: the usual time. */
export const connectWithin = (
  host: Parameters<Ports['connect']>[0],
  { directory, accepted, sudoPassword }: Parameters<Ports['connect']>[1],
  timeoutMs: number | undefined,
) =>
  transportConnect(host, {
    ...surroundings(directory),
    ...(accepted?.size ? { trustNew: async (one, fingerprint) => accepted.has(keyName(one, fingerprint)) } : {}),
    ...(sudoPassword === undefined ? {} : { sudoPassword }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });

export const cache = (): string => defaultCache(process.env);

type OfArtifacts = Pick<ClusterSpec, 'kubernetes' | 'artifacts' | 'runtime'>;

export const wantedOf = ({ kubernetes, artifacts, runtime: { version, runc } }: OfArtifacts): Wanted => ({
  kubernetes,
  arch: 'amd64',
  ...artifacts,
  ...(version || runc ? { runtime: { ...(version ? { containerd: version } : {}), ...(runc ? { runc } : {}) } } : {}),
});

export const artifactsFor = (
  spec: OfArtifacts,
  progress: (says: string, done?: number, of?: number) => void,
  signal?: AbortSignal,
): Promise<ArtifactSet> =>
  resolveArtifacts(wantedOf(spec), { cache: cache(), progress, ...(signal ? { signal } : {}) });

const atHand = (spec: OfArtifacts): Promise<ArtifactSet | undefined> => recallArtifacts(wantedOf(spec), cache());

const asked =
  (person: Asking): NonNullable<Ports['consent']> =>
  async ({ says: message, phrase }) => {
    const answer =
      phrase === undefined
        ? await confirm({ message, initialValue: false, ...person })
        : await text({ message, ...person });
    return isCancel(answer) ? undefined : answer;
  };

/** In a run the first Ctrl-C ends after the current actions, the second at once; outside of one the first does. */
function interruptible({ event: draw }: View) {
  const controller = new AbortController();
  let running = false;
  const stop = (): void => {
    if (!running || controller.signal.aborted) process.exit(interrupted);
    controller.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return {
    signal: controller.signal,
    event: (event: Event): void => {
      if (event.type === 'run-started') running = true;
      if (event.type === 'therapy-proven' || event.type === 'therapy-rolled-back') running = false;
      draw(event);
    },
    end: (): void => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
    },
  };
}

/** A command's ports: this process's terminal, environment and signals, for the stories that know none of them. */
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { isatty } from 'node:tty';
import { confirm, isCancel, text } from '@clack/prompts';
import { defaultCache, resolveArtifacts } from '../artifacts/index.js';
import type { ArtifactSet } from '../model/artifact.js';
import type { ClusterSpec } from '../model/cluster.js';
import type { Event } from '../model/event.js';
import { connect as transportConnect } from '../transport/connect.js';
import { fromSurroundings } from '../transport/environment.js';
import type { Ports, TrustHostKey } from '../workflow/ports.js';
import { interrupted } from './complaint.js';
import { type View, view } from './view/progress/view.js';

export const clock = (): Date => new Date();

export interface Telling {
  readonly json?: boolean | undefined;
  /** The story acts: its run is drawn (with `json`: printed), and an interruption ends it after the current actions. */
  readonly acts?: boolean;
}

/** Has a story told on this terminal; the view ends with it. */
export async function telling<T>({ json, acts = false }: Telling, tell: (ports: Ports) => Promise<T>): Promise<T> {
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
  try {
    return await tell({
      emit: stop?.event ?? drawn.event,
      clock,
      connect,
      artifacts: { resolve: artifactsFor, atHand },
      folders: { home: join(homedir(), '.kubewizard'), working: resolve('.') },
      ...(process.stdin.isTTY ? { consent: asked(json) } : {}),
      ...(trustByPerson ? { trustHostKey: trustByPerson } : {}),
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

export const connect = (host: Parameters<Ports['connect']>[0], way: Way) =>
  transportConnect(host, {
    ...fromSurroundings({ env: process.env, home: homedir(), clusterDirectory: way.directory }),
    ...(way.trustNew ? { trustNew: way.trustNew } : {}),
    ...(way.timeoutMs === undefined ? {} : { timeoutMs: way.timeoutMs }),
  });
type Way = Parameters<Ports['connect']>[1] & { readonly timeoutMs?: number };

export const cache = (): string => defaultCache(process.env);

export const artifactsFor = (
  spec: Pick<ClusterSpec, 'kubernetes' | 'artifacts'>,
  progress: (says: string, done?: number, of?: number) => void,
): Promise<ArtifactSet> =>
  resolveArtifacts({ kubernetes: spec.kubernetes, arch: 'amd64', ...spec.artifacts }, { cache: cache(), progress });

const atHand = (): boolean => {
  const sets = join(cache(), 'sets');
  return existsSync(sets) && readdirSync(sets).length > 0;
};

/** With --json stdout belongs to the events. */
const asked =
  (json: boolean | undefined): NonNullable<Ports['consent']> =>
  async ({ says: message, phrase }) => {
    const output = json ? { output: process.stderr } : {};
    const answer =
      phrase === undefined
        ? await confirm({ message, initialValue: false, ...output })
        : await text({ message, ...output });
    return isCancel(answer) ? undefined : answer;
  };

/** On a terminal a person is asked about host keys that nobody knows; elsewhere they are refused. */
export const trustByPerson: TrustHostKey | undefined =
  process.stdin.isTTY && process.stderr.isTTY
    ? async (host, fingerprint) => {
        const answer = await confirm({
          message: `${host.name} (${host.address}) has the unknown host key ${fingerprint}. Trust it?`,
          initialValue: false,
        });
        return !isCancel(answer) && answer;
      }
    : undefined;

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

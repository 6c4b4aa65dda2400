/** A session for a command: the person's keys and known hosts, new host keys asked for on a terminal. */
import { homedir } from 'node:os';
import { confirm, isCancel } from '@clack/prompts';
import type { Host } from '../../model/cluster.js';
import type { EventBody } from '../../model/event.js';
import { emitter } from '../../engine/emitter.js';
import { openSession, type Session } from '../../engine/session.js';
import { kindsAt } from '../../resources/index.js';
import { connect } from '../../transport/connect.js';
import type { ConnectOptions } from '../../transport/connection.js';
import { fromSurroundings } from '../../transport/environment.js';
import { progress } from '../view/progress/view.js';
import type { ClusterFile } from './read.js';

export const clock = (): Date => new Date();
export const kinds = kindsAt(clock);

/** @param asks Called before a person is asked something. */
export async function open(
  { spec, dir }: ClusterFile,
  emit: (body: EventBody) => void = () => undefined,
  asks: () => void = () => undefined,
): Promise<Session> {
  const surroundings = fromSurroundings({ env: process.env, home: homedir(), clusterDirectory: dir });
  const asking = trustingByPerson(asks);
  return openSession(spec, { dir, kinds, clock, emit, connect: host => connect(host, { ...surroundings, ...asking }) });
}

/**
 * The same, watched: who is being connected, and by name whoever could not be. What follows has a view of its own.
 * A question to the person ends the drawing.
 */
export async function openWatched(
  file: ClusterFile,
  { json }: { readonly json?: boolean | undefined },
): Promise<Session> {
  const view = progress({ json });
  const { emit } = emitter({ clock, listen: event => view.event(event) });
  let connecting = true;
  try {
    return await open(
      file,
      body => {
        if (connecting) emit(body);
      },
      () => view.clear(),
    );
  } finally {
    connecting = false;
    view.clear();
  }
}

/** On a terminal a person is asked about host keys that nobody knows; elsewhere they are refused. */
export const trustingByPerson = (asks: () => void = () => undefined): Pick<ConnectOptions, 'trustNew'> =>
  process.stdin.isTTY && process.stderr.isTTY
    ? {
        trustNew: oneAtATime((host: Host, fingerprint: string) => {
          asks();
          return askTrust(host, fingerprint);
        }),
      }
    : {};

async function askTrust(host: Host, fingerprint: string): Promise<boolean> {
  const answer = await confirm({
    message: `${host.name} (${host.address}) has the unknown host key ${fingerprint}. Trust it?`,
    initialValue: false,
  });
  return !isCancel(answer) && answer;
}

/** Hosts are connected side by side; questions to a person come one after another. */
function oneAtATime<A extends readonly unknown[], T>(ask: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (...args) => {
    const next = last.then(() => ask(...args));
    last = next.catch(() => undefined);
    return next;
  };
}

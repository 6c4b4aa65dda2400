/**
 * Load on the API through the virtual address, and on a pod: every write is numbered, what was acknowledged is
 * remembered.
 */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { labSshArgv } from '../../../src/lab/index.js';
import type { Stage } from '../scenario.js';
import { type Client, Unanswered } from './client.js';

export interface Burden {
  /** Numbers that the API said it has. */
  readonly acknowledged: readonly number[];
  /** The longest time between two answers, in seconds: of writes, of reads. */
  readonly longest: { readonly writes: number; readonly reads: number };
  /** Requests that were refused or cut off. */
  readonly failures: number;
  /** Requests without an answer in two seconds: how many, says the machine too. */
  readonly slow: number;
  /** What each failure was, and when; the first fifty. */
  readonly said: readonly string[];
}

const namespace = '/api/v1/namespaces/default/configmaps';
const pause = 25;
const timeoutMs = 2000;

/** Begins at once; `stop` gives what came of it. */
export const burden = (api: Client, word: string): { stop(): Promise<Burden> } => {
  let going = true;
  let [failures, slow] = [0, 0];
  const acknowledged: number[] = [];
  const said: string[] = [];
  const loop = async (what: string, ask: (n: number) => Promise<number>, wanted: number): Promise<number> => {
    let longest = 0;
    let last = performance.now();
    for (let n = 0; going; n += 1) {
      const began = new Date().toISOString().slice(11, 23);
      let answer = await ask(n).catch((error: unknown) => error);
      // An API server that is being stopped asks to come again, and every client of Kubernetes does.
      while (answer === 429) {
        await sleep(100);
        answer = await ask(n).catch((error: unknown) => error);
      }
      const now = performance.now();
      if (answer === wanted) {
        longest = Math.max(longest, now - last);
        last = now;
      } else if (answer instanceof Unanswered) slow += 1;
      else {
        failures += 1;
        if (said.length < 50) said.push(`${began} ${what} ${n}: ${answer}`);
      }
      await sleep(pause);
    }
    return Math.max(longest, performance.now() - last) / 1000;
  };
  const write = async (n: number): Promise<number> => {
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `${word}-${n}`, labels: { load: word } },
      data: { n: String(n) },
    };
    const { status } = await api.ask('POST', namespace, object, { timeoutMs });
    if (status === 201) acknowledged.push(n);
    return status;
  };
  const writes = loop('write', write, 201);
  const reads = loop(
    'read',
    async () => (await api.ask('GET', '/api/v1/namespaces/default', undefined, { timeoutMs })).status,
    200,
  );
  return {
    stop: async () => {
      going = false;
      return { longest: { writes: await writes, reads: await reads }, acknowledged, failures, slow, said };
    },
  };
};

/** The acknowledged numbers that the API does not have, or has with another content. */
export const lost = async (api: Client, word: string, acknowledged: readonly number[]): Promise<readonly number[]> => {
  const { body } = await api.ask('GET', `${namespace}?labelSelector=load%3D${word}`, undefined);
  const items = (
    body as {
      readonly items: readonly {
        readonly metadata: { readonly name: string };
        readonly data: { readonly n: string };
      }[];
    }
  ).items;
  const there = new Map(items.map(item => [item.metadata.name, item.data.n]));
  return acknowledged.filter(n => there.get(`${word}-${n}`) !== String(n));
};

/** Asks a URL five times a second from a host, until stopped. @returns how many asked and failed. */
export const knocking = async (
  t: Stage,
  host: string,
  url: string,
): Promise<{ stop(): Promise<{ readonly asked: number; readonly failed: number }> }> => {
  const [program = '', ...argv] = await labSshArgv(t.labName, host);
  const child = spawn(
    program,
    [
      ...argv,
      `while :; do if curl -sf -m 2 -o /dev/null '${url}'; then echo ok; else echo failed; fi; sleep 0.2; done`,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const lines: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    lines.push(...text.trim().split('\n'));
  });
  const ended = new Promise(resolve => {
    child.once('close', resolve);
  });
  return {
    stop: async () => {
      child.kill();
      await ended;
      return { asked: lines.length, failed: lines.filter(line => line === 'failed').length };
    },
  };
};

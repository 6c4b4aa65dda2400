/**
 * Hosts for the engine's tests: the real `sh` of this machine as every host, a folder of its own as its file system.
 */
import { createHash } from 'node:crypto';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { EventBody } from '../../src/model/event.js';
import { Unreadable } from '../../src/model/fact.js';
import type { Plan, Step } from '../../src/model/plan.js';
import {
  changed,
  idOf,
  type Action,
  type Kind,
  type Resource,
  type ResourceId,
  type Risk,
  type Stage,
} from '../../src/model/resource.js';
import { sh } from '../../src/shell/sh.js';
import { childExecution } from '../../src/transport/child.js';
import type { Connection } from '../../src/transport/connection.js';
import { failed } from '../../src/transport/failures.js';
import { session } from '../../src/transport/session.js';
import type { Context } from '../../src/engine/context.js';
import { connectionsOf } from '../../src/engine/reach/connections.js';

export interface TestHost {
  readonly name: string;
  /** Its files lie below this folder. */
  readonly root: string;
  connect(): Promise<Connection>;
  /** Ends every connection as a cut cable does: the scripts notice by their pipes. */
  cut(): void;
  /** Kills the shells, not their children, as the out-of-memory killer does. */
  kill(): void;
  /** From now on nobody can connect. */
  down: boolean;
  /** Scripts started so far. */
  scripts: number;
}

export const testHost = (name: string, world: string): TestHost => {
  const root = join(world, name);
  mkdirSync(root, { recursive: true });
  const children = new Set<ChildProcessWithoutNullStreams>();
  let ends: (() => void)[] = [];
  const host: TestHost = {
    name,
    root,
    down: false,
    scripts: 0,
    async connect() {
      if (host.down) throw failed(name, 'unreachable', 'no route to host');
      return session(
        {
          lost: new Promise(resolve => {
            ends.push(() => resolve(failed(name, 'unreachable', 'the connection was lost')));
          }),
          async exec(command) {
            host.scripts++;
            const child = spawn('sh', ['-c', command], { detached: true });
            children.add(child);
            child.once('close', () => children.delete(child));
            const { exit, ...rest } = childExecution(child);
            // As with ssh: what was on its way ends, and no exit code comes.
            const stdout = child.stdout.pipe(new PassThrough());
            return {
              ...rest,
              stdout,
              exit: Promise.race([
                exit,
                new Promise<object>(resolve => {
                  ends.push(() => {
                    child.stdout.unpipe();
                    stdout.end();
                    resolve({});
                  });
                }),
              ]),
            };
          },
          forward: async () => {
            throw new Error('not here');
          },
          close: () => {},
          drop: () => host.cut(),
        },
        { host: name, user: 'root', root: 'is root' },
      );
    },
    cut() {
      for (const end of ends) end();
      ends = [];
      for (const child of children) {
        child.stdin.destroy();
        child.stdout.destroy();
        child.stderr.destroy();
      }
    },
    kill() {
      for (const child of children) child.kill('SIGKILL');
    },
  };
  return host;
};

/** A file with a content, and whatever else a test wants to happen when it is mended. */
export interface ThingWant {
  readonly text: string;
  readonly before?: readonly Action[];
  readonly after?: readonly Action[];
  /** Instead of the file being written by `put`. */
  readonly instead?: readonly Action[];
  readonly risk?: Risk;
}

/** key: absolute path. */
export const thing: Kind<'thing', ThingWant, string> = {
  kind: 'thing',
  read: path => ({
    id: `thing:${path}`,
    question: { ask: 'host', script: sh`if [ -e ${path} ]; then echo is; cat ${path}; else echo absent; fi` },
    parse(output) {
      if (output === 'absent\n') return '';
      if (!output.startsWith('is\n')) throw new Unreadable(`thing:${path}`, output, 'neither there nor absent');
      return output.slice(3);
    },
  }),
  rollback: () => ({ by: 'nothing' }),
  diff: (want, have) => (want.text === have ? [] : [changed('text', have === '' ? undefined : have, want.text)]),
  plan: (path, want) => ({
    actions: [
      ...(want.before ?? []),
      ...(want.instead ?? [{ do: 'put' as const, path, content: [want.text], mode: 0o640 }]),
      ...(want.after ?? []),
    ],
    risk: want.risk ?? 'none',
  }),
  ideal: want => want.text,
};

export const kinds = { thing };

export interface Wanted {
  readonly host: string;
  readonly name: string;
  readonly want: ThingWant;
  readonly after?: readonly string[];
  /** Absent: `host`. */
  readonly stage?: Stage;
}

export interface World {
  readonly root: string;
  readonly hosts: ReadonlyMap<string, TestHost>;
  readonly resources: readonly Resource<'thing', ThingWant>[];
  /** `h1/a`, as in `Wanted.after`. */
  path(name: string): string;
  id(name: string): ResourceId;
  /** What is on the disk, '' where there is nothing. */
  read(name: string): string;
  host(name: string): TestHost;
  /** Looks at every host's files now, and plans. */
  plan(): Plan;
  context(more?: Partial<Context>): Context;
  clean(): void;
}

export const world = (wanted: readonly Wanted[]): World => {
  const root = mkdtempSync(join(tmpdir(), 'kw-engine-'));
  const hosts = new Map([...new Set(wanted.map(each => each.host))].map(name => [name, testHost(name, root)]));
  const path = (name: string): string => join(root, name);
  const id = (name: string): ResourceId => idOf({ host: name.split('/')[0] ?? '', kind: 'thing', key: path(name) });
  const resources = wanted.map(
    (each): Resource<'thing', ThingWant> => ({
      kind: 'thing',
      host: each.host,
      key: path(`${each.host}/${each.name}`),
      want: each.want,
      stage: each.stage ?? 'host',
      because: 'the test wants it',
      after: (each.after ?? []).map(id),
    }),
  );
  const connections = connectionsOf({
    connect: name => (hosts.get(name) as TestHost).connect(),
    emit: () => {},
    limit: 64,
  });
  return {
    root,
    hosts,
    resources,
    path,
    id,
    read: name => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : ''),
    host: name => hosts.get(name) as TestHost,
    plan: () => planOf(resources),
    context: more => ({
      connections: connections.get,
      kinds,
      wanted: new Map(resources.map(each => [idOf(each), each])),
      reveal: name => {
        throw new Error(`no secret ${name}`);
      },
      issue: async () => {
        throw new Error('no CA');
      },
      dirs: name => ({ home: path(`${name}/home`), scratch: path(`${name}/scratch`) }),
      clock: () => new Date(),
      run: { id: 'run-1', command: 'kw up', owner: 'anna@laptop' },
      ...more,
    }),
    clean: () => rmSync(root, { recursive: true, force: true }),
  };
};

export const planOf = (resources: readonly Resource<'thing', ThingWant>[]): Plan => {
  const draft = resources.flatMap((resource): Step[] => {
    const { want, key } = resource;
    const raw = existsSync(key) ? `is\n${readFileSync(key, 'utf8')}` : 'absent\n';
    const fact = thing.read(key, want);
    const changes = thing.diff(want, fact.parse(raw));
    return changes.length === 0
      ? []
      : [
          {
            id: idOf(resource),
            host: resource.host,
            kind: 'thing',
            key,
            stage: resource.stage,
            because: resource.because,
            after: resource.after,
            changes,
            ...thing.plan(key, want, changes),
            question: fact.question,
            seen: createHash('sha256').update(raw).digest('hex'),
          },
        ];
  });
  const ids = new Set(draft.map(step => step.id));
  const steps = draft.map(step => ({ ...step, after: step.after.filter(each => ids.has(each)) }));
  return { cluster: 'test', steps, examined: resources.length, unseen: [], digest: 'd' };
};

export const recorded = (): { readonly events: EventBody[]; readonly emit: (body: EventBody) => void } => {
  const events: EventBody[] = [];
  return {
    events,
    emit: body => {
      events.push(body);
    },
  };
};

/**
 * Control planes whose units are simulated below the real kinds, plans and scripts: what a unit reads decides how it
 * runs. `bad` ends soon, `deaf` runs and does not answer.
 */
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cluster } from '../../src/blueprint/cluster.js';
import { carryOut } from '../../src/engine/carry-out.js';
import type { Api, Context, KindTable, Limits } from '../../src/engine/context.js';
import { connectionsOf } from '../../src/engine/reach/connections.js';
import { healthOf } from '../../src/model/components.js';
import type { EventBody } from '../../src/model/event.js';
import type { Plan } from '../../src/model/plan.js';
import { idOf, type Resource, type Stage } from '../../src/model/resource.js';
import { draft } from '../../src/plan/draft.js';
import { kindsAt } from '../../src/resources/index.js';
import type { Wants } from '../../src/resources/wants.js';
import { type Script, scripts, sh } from '../../src/shell/sh.js';
import { readCluster } from '../../src/spec/index.js';
import type { Connection } from '../../src/transport/connection.js';
import { inputFor, released, sha256 } from '../golden/input.js';
import { curl, systemctl } from './simulated-systemd.js';
import { recorded, testHost, type TestHost } from './world.js';

/** How each component is at one time. */
export interface State {
  readonly binary?: string;
  readonly flag?: string;
  readonly config?: string;
  /** Its guard lets nobody restart it. */
  readonly guarded?: true;
}

export const programs = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'containerd',
  'kw-haproxy',
  'kw-keepalived',
] as const;
export type Name = (typeof programs)[number];

const stageOf = (name: Name): Stage =>
  name === 'etcd' ? 'etcd' : ['kubelet', 'kube-proxy', 'containerd'].includes(name) ? 'nodes' : 'control-plane';

/** As the blueprint has them, with less patience: of those whose gates can be asked here. */
const simulated = ['kube-controller-manager', 'kube-scheduler', 'kw-keepalived', 'kubelet', 'kube-proxy'] as const;
const gates: ReadonlyMap<Name, Pick<Wants['service'], 'ready'>> = (() => {
  const path = new URL('../golden/five-hosts.yaml', import.meta.url);
  const read = readCluster(readFileSync(path, 'utf8').replace('VERSION', '1.30.2'), 'five-hosts.yaml');
  if (!read.ok) throw new Error('five hosts are no cluster');
  const wanted = cluster(inputFor(read.value, released('1.30.2', '2.1.9')));
  return new Map(
    simulated.map(name => {
      const { ready } = (wanted.find(({ key }) => key === `${name}.service`) ?? fail(name)).want as Wants['service'];
      return [name, ready ? { ready: { ...ready, seconds: name === 'kw-keepalived' ? 30 : 15 } } : {}];
    }),
  );
})();
const ports: ReadonlyMap<number, Name> = new Map(
  simulated.flatMap(name => (name === 'kw-keepalived' ? [] : [[healthOf(name).port, name]])),
);

export interface Lab {
  readonly names: readonly string[];
  readonly hosts: ReadonlyMap<string, TestHost>;
  readonly root: string;
  /** What a unit of a host has read when it was started last; '' where it does not run. */
  runs(host: string, name: Name): string;
  starts(host: string, name: Name): number;
  /** What its next start would read. */
  disk(host: string, name: Name): string;
  kept(host: string): boolean;
  /** Whatever is started of it from now on ends at once, but with the configuration that it has; or does so no more. */
  spoil(host: string, name: Name): void;
  mend(host: string, name: Name): void;
  /** What is `mortal` ends after so many looks at it. */
  lives(host: string, looks: number): void;
  /** Times that what runs of it has ended by now. */
  ended(host: string, name: Name, times: number): void;
  /** Its power fails, and comes back: whatever acted there is gone, and what is enabled starts. */
  boot(host: string): void;
  /** It would take a change back by itself, or does so. */
  armed(host: string): boolean;
  /** Something of that is there. */
  left(host: string): boolean;
  /** What it has written down of changes that it took back. */
  takenBack(host: string): string;
  /** What runs of it ends. */
  crash(host: string, name: Name): void;
  plan(wish: Wish): Promise<Planned>;
  carry(planned: Planned, how?: Carrying): Promise<Carried>;
  up(wish: Wish): Promise<Carried>;
}

export type Wish = Partial<Record<Name, State>>;
interface Planned {
  readonly plan: Plan;
  readonly resources: readonly Resource[];
}
interface Carrying {
  readonly told?: (event: EventBody) => void;
  readonly signal?: AbortSignal;
  readonly api?: Api;
  readonly ways?: Context['apiWays'];
  readonly limits?: Partial<Limits>;
}
export interface Carried {
  readonly outcome: Awaited<ReturnType<typeof carryOut>>;
  readonly events: readonly EventBody[];
}

export const textOf = (name: Name, { binary = 'v1', flag = 'f1', config = 'c1' }: State = {}): string =>
  `unit ${flag}\nbinary of ${name} ${binary}\nconfig ${config}`;

export interface Shape {
  /** Others reach the cluster by these. */
  readonly lifelines?: readonly Name[];
  /** The others are control planes. */
  readonly workers?: readonly string[];
}

export const lab = (
  root: string,
  names: readonly string[],
  has: readonly Name[] = programs,
  { lifelines = [], workers = [] }: Shape = {},
): Lab => {
  const kinds: KindTable = kindsAt(() => new Date());
  const hosts = new Map(names.map(name => [name, testHost(name, root)]));
  for (const { root: here } of hosts.values()) {
    for (const folder of ['fake', 'units', 'bin', 'conf', 'home/store', 'scratch/started', 'systemd'])
      mkdirSync(join(here, folder), { recursive: true });
    writeFileSync(join(here, 'fake', 'systemctl'), systemctl(here), { mode: 0o755 });
    writeFileSync(join(here, 'fake', 'curl'), curl(here, ports), { mode: 0o755 });
    writeFileSync(join(here, 'fake', 'journalctl'), '#!/bin/sh\necho its journal\n', { mode: 0o755 });
    writeFileSync(join(here, 'fake', 'sleep'), '#!/bin/sh\nexec /bin/sleep 0.05\n', { mode: 0o755 });
  }
  const at = (host: string, ...path: readonly string[]): string => join(root, host, ...path);
  const inside = (host: TestHost, script: string): Script =>
    sh`PATH=${`${host.root}/fake`}:$PATH; export PATH; eval ${script
      .replaceAll('/var/lib/kubewizard', `${host.root}/home`)
      .replaceAll('/etc/systemd/system', `${host.root}/units`)
      .replaceAll('/run/kubewizard', `${host.root}/scratch`)}`;
  const connect = async (name: string): Promise<Connection> => {
    const host = hosts.get(name) as TestHost;
    const connection = await host.connect();
    return {
      ...connection,
      run: (script, options) => connection.run(inside(host, script), options),
      open: (script, options) => connection.open(inside(host, script), options),
    };
  };
  const connections = connectionsOf({ connect, emit: () => {}, limit: 64 });
  const stored = new Map<string, Buffer>();
  const wantsOf = (host: string, name: Name, state: State): readonly Resource[] => {
    const { binary = 'v1', flag = 'f1', config = 'c1' } = state;
    const stage = stageOf(name);
    const base = { host, stage, because: 'test', after: [] };
    const program = Buffer.from(`binary of ${name} ${binary}\n`);
    const digest = createHash('sha256').update(program).digest('hex');
    stored.set(digest, program);
    const file = (key: string, text: string): Resource => ({
      ...base,
      kind: 'file',
      key,
      want: { content: [text], sha256: sha256(text), mode: 0o644 },
    });
    const parts: readonly Resource[] = [
      {
        ...base,
        kind: 'artifact',
        key: at(host, 'bin', name),
        want: { name, version: binary, sha256: digest, size: program.length },
      },
      file(at(host, 'units', `${name}.service`), `unit ${flag}\n`),
      file(at(host, 'conf', name), `config ${config}\n`),
    ];
    const folder = at(host, 'systemd', `${name}.service`);
    const script = sh`case $(cat ${`${folder}/is`} ${`${folder}/reads`}) in *deaf*) exit 1;; running*|*mortal*) ;; \
*) exit 1;; esac`;
    return [
      ...parts,
      {
        ...base,
        kind: 'service',
        key: `${name}.service`,
        after: parts.map(idOf),
        want: {
          running: true,
          atBoot: true,
          reads: parts.map(({ key }) => key),
          ...(gates.has(name) ? gates.get(name) : { ready: { script, seconds: 8, says: `${name} to answer` } }),
          ...(name === 'kw-keepalived' ? { reloads: [at(host, 'conf', name)] } : {}),
          ...(state.guarded ? { guard: sh`false` } : {}),
          ...(lifelines.includes(name) ? { lifeline: true } : {}),
        },
      },
    ];
  };
  /** One script for each host. */
  const looked = async (host: string, all: readonly Resource[]) => {
    const own = all.filter(one => one.host === host);
    const asked = own.map(one => {
      const { question } = (kinds[one.kind] ?? fail(one.kind)).read(one.key, one.want as never);
      if (question.ask !== 'host') throw new Error('it asks the API');
      return sh`( eval ${question.script} ); echo; echo ==next`;
    });
    const { stdout } = await (await connections.get(host)).run(scripts(asked), { timeoutMs: 120_000 });
    const said = stdout.split('\n==next\n');
    return own.map((one, index) => [idOf(one), { raw: said[index] ?? '' }] as const);
  };
  const self: Lab = {
    names,
    hosts,
    root,
    runs: (host, name) => {
      const folder = at(host, 'systemd', `${name}.service`);
      const is = existsSync(join(folder, 'is')) ? readFileSync(join(folder, 'is'), 'utf8') : '';
      return is === 'running' ? readFileSync(join(folder, 'reads'), 'utf8') : '';
    },
    starts: (host, name) => {
      const file = at(host, 'systemd', `${name}.service`, 'starts');
      return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    },
    disk: (host, name) =>
      [`units/${name}.service`, `bin/${name}`, `conf/${name}`]
        .map(one => readFileSync(at(host, one), 'utf8'))
        .join('')
        .trim(),
    // What was cut off before it was whole is nobody's way back, and the next turn makes it anew.
    kept: host =>
      existsSync(at(host, 'home', 'before')) &&
      readdirSync(at(host, 'home', 'before')).some(unit => !unit.endsWith('.part')),
    spoil: (host, name) => writeFileSync(at(host, 'systemd', `${name}.service`, 'spoilt'), 'worse'),
    mend: (host, name) => rmSync(at(host, 'systemd', `${name}.service`, 'spoilt'), { force: true }),
    lives: (host, looks) => writeFileSync(at(host, 'lives'), String(looks)),
    ended: (host, name, times) => writeFileSync(at(host, 'systemd', `${name}.service`, 'ends'), String(times)),
    boot(host) {
      const pid = at(host, 'systemd', 'armed.pid');
      if (existsSync(pid)) spawnSync('kill', ['-s', 'KILL', '--', `-${readFileSync(pid, 'utf8').trim()}`]);
      rmSync(pid, { force: true });
      hosts.get(host)?.kill();
      hosts.get(host)?.cut();
      rmSync(at(host, 'scratch'), { recursive: true, force: true });
      const fake = at(host, 'fake');
      spawnSync(join(fake, 'systemctl'), ['boot'], { env: { ...process.env, PATH: `${fake}:${process.env.PATH}` } });
    },
    armed: host => spawnSync(join(at(host, 'fake'), 'systemctl'), ['is-active', 'kw-armed.service']).status === 0,
    left: host => existsSync(at(host, 'home', 'armed')) || existsSync(at(host, 'units', 'kw-armed.service')),
    takenBack(host) {
      const folder = at(host, 'home', 'taken-back');
      return existsSync(folder)
        ? readdirSync(folder)
            .map(one => readFileSync(join(folder, one), 'utf8'))
            .join('')
        : '';
    },
    crash: (host, name) => writeFileSync(at(host, 'systemd', `${name}.service`, 'is'), 'auto-restart'),
    async plan(wish) {
      const resources = names.flatMap(host => has.flatMap(name => wantsOf(host, name, wish[name] ?? {})));
      const answers = new Map((await Promise.all(names.map(host => looked(host, resources)))).flat());
      const members = names.map(host => {
        const plane = !workers.includes(host);
        return { host, etcd: plane, api: plane, node: true, seen: true };
      });
      return { resources, plan: draft({ cluster: 'test', spec: {}, resources, answers, kinds, members }) };
    },
    async carry({ plan, resources }, { told, signal, api, ways, limits } = {}) {
      const { events, emit } = recorded();
      const outcome = await carryOut(
        plan,
        {
          connections: connections.get,
          kinds,
          wanted: new Map(resources.map(one => [idOf(one), one])),
          reveal: name => fail(name),
          issue: async () => fail('no CA'),
          dirs: host => ({ home: at(host, 'home'), scratch: at(host, 'scratch') }),
          clock: () => new Date(),
          run: { id: `run-${Math.random()}`, command: 'kw up', owner: 'anna@laptop' },
          server: { port: 1, token: 'x', address: '127.0.0.1', chunk: async sha => stored.get(sha) },
          ...(signal ? { signal } : {}),
          ...(api ? { api: async () => api } : {}),
          ...(ways ? { apiWays: ways } : {}),
          ...(limits ? { limits } : {}),
        },
        event => {
          emit(event);
          told?.(event);
        },
      );
      return { outcome, events };
    },
    up: async wish => self.carry(await self.plan(wish)),
  };
  return self;
};

const fail = (what: string): never => {
  throw new Error(`not here: ${what}`);
};

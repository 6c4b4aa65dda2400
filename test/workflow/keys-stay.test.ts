/** Which command may copy keys: over the whole table, with hosts that have some and a control machine that has none. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { CommandSpec } from '../../src/cli/command.js';
import { commands } from '../../src/cli/commands.js';
import { openVault } from '../../src/engine/vault.js';
import { recoveryPaths, secretNames } from '../../src/engine/vault/names.js';
import { readSecret } from '../../src/engine/vault/store.js';
import { sh } from '../../src/shell/sh.js';
import { readCluster } from '../../src/spec/index.js';
import type { ClusterFile } from '../../src/workflow/cluster-file.js';
import { backup, listedBackups } from '../../src/workflow/backup.js';
import { certs } from '../../src/workflow/certs.js';
import { doctor, evidence, explain } from '../../src/workflow/doctor.js';
import { drift } from '../../src/workflow/drift.js';
import { heal } from '../../src/workflow/heal.js';
import { kubeconfig, revoke } from '../../src/workflow/kubeconfig.js';
import { plan } from '../../src/workflow/plan.js';
import type { Ports } from '../../src/workflow/ports.js';
import { recover } from '../../src/workflow/recover.js';
import { replace } from '../../src/workflow/replace.js';
import { reset } from '../../src/workflow/reset.js';
import { restore } from '../../src/workflow/restore.js';
import { revive } from '../../src/workflow/revive.js';
import { rotate } from '../../src/workflow/rotate.js';
import { status } from '../../src/workflow/status.js';
import { createToken, removeToken, tokens } from '../../src/workflow/token.js';
import { up } from '../../src/workflow/up.js';
import { upgrade } from '../../src/workflow/upgrade.js';
import { verify } from '../../src/workflow/verify.js';
import { kinds, type World, world } from '../engine/world.js';
import { released } from '../golden/input.js';
import { recordedPorts } from './recorded-ports.js';
import { addressOf, simulated } from './simulated-host.js';

let open: World | undefined;
afterEach(() => open?.clean());

type Story = (file: ClusterFile, ports: Ports) => Promise<unknown>;
const anna = { user: 'anna', groups: [], life: 3_600_000, breaksGlass: true };

/** Which command reads keys of its hosts, when the control machine lacks them. A new one stands in one of the two. */
const leaves: Readonly<Record<string, Story>> = {
  plan: (file, ports) => plan(file, ports),
  status,
  drift,
  kubeconfig: async (file, ports) => {
    await revoke(file, ports, 'anna', 'ada@laptop').catch(() => undefined);
    return kubeconfig(file, ports, anna, 'ada@laptop');
  },
  'token create': (file, ports) => createToken(file, ports, { ttl: 60_000, description: '' }),
  'token list': tokens,
  'token delete': (file, ports) => removeToken(file, ports, 'abcdef'),
  doctor: (file, ports) => doctor({ file: async () => file }, ports),
  explain: (file, ports) => explain('Unauthorized', { file: async () => file }, ports),
  certs: (file, ports) => certs({ file: async () => file }, ports),
  bundle: (file, ports) => evidence({ file: async () => file }, ports),
  // With --to DIR it fetches them, to be sealed: that is what it is asked for.
  backup: (file, ports) => backup(file, ports),
  'backup list': (file, ports) => listedBackups(file, ports, {}),
};
const fetches: Readonly<Record<string, Story>> = {
  up: (file, ports) => up(file, ports, { yes: true, verify: false }),
  upgrade: (file, ports) =>
    upgrade(file, ports, {
      path: 'cluster.yaml',
      version: '1.29.3',
      yes: true,
      verify: false,
      save: async () => undefined,
    }),
  replace: (file, ports) =>
    replace(file, ports, { path: 'cluster.yaml', names: ['kw-1'], yes: true, save: async () => undefined }),
  revive: (file, ports) => revive(file, ports, { yes: true }),
  rotate: (file, ports) => rotate(file, ports, { name: 'encryption-key', yes: true }),
  restore: (file, ports) => restore(file, ports, { phrase: file.spec.name }),
  'etcd recover': (file, ports) => recover(file, ports, { phrase: file.spec.name }),
  verify,
  reset: (file, ports) => reset(file, ports, { phrase: file.spec.name, withoutBackup: true }),
  heal: (file, ports) => heal({ file: async () => file }, ports, { yes: true }),
};
/** `certs renew` copies those of an adopted cluster, and is refused for one of ours. */
const without = ['mirror', 'history', 'certs renew'];

const rows = (all: readonly CommandSpec[], before = ''): readonly string[] =>
  all.flatMap(row => [
    ...(row.load && row.fileless !== true ? [`${before}${row.name}`] : []),
    ...rows(row.commands ?? [], `${before}${row.name} `),
  ]);

test('every command of the table that reads a cluster file is said to copy keys, or not to', () => {
  const output = [...Object.keys(leaves), ...Object.keys(fetches), ...without];
  expect(output.sort()).toEqual([...rows(commands)].sort());
});

const text = `apiVersion: kubewizard/v1
kind: Cluster
name: prod
kubernetes: 1.29.3
hosts:
  - { name: kw-1, address: ${addressOf('kw-1')}, roles: [etcd, controlPlane] }
`;

/** kw-1 is a control plane of this cluster, with all of its keys; the control machine has lost its own. */
const lost = async () => {
  const w = world([{ host: 'kw-1', name: 'a', want: { text: 'one' } }]);
  open = w;
  const read = readCluster(text, 'cluster.yaml');
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const before = join(w.root, 'before');
  const made = await openVault(before, read.value, { now: () => new Date(), found: async () => [] });
  if (!made.ok) throw new Error('no vault');
  const etc = join(w.host('kw-1').root, 'etc');
  const secrets: string[] = [];
  for (const name of secretNames) {
    const secret = (await readSecret(before, name)) ?? '';
    const path = join(etc, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, secret);
    if (name.endsWith('.key')) secrets.push(secret.split('\n')[1] ?? '');
  }
  const ca = made.value.authorities.ca;
  const carried = ['marked=yes', `ca=${Buffer.from(ca).toString('base64')}`, 'name=prod', 'end=yes', ''].join('\n');
  const heard: string[] = [];
  const told = recordedPorts({
    answer: () => true,
    connect: async () => {
      const bare = await w.host('kw-1').connect();
      const empty = await simulated(w.host('kw-1'), carried);
      return {
        ...empty,
        run: async (script, options) => {
          const own = /kw_carried|oom=adjustable|==kw /.test(script);
          const asksFiles = !own && recoveryPaths.some(path => script.includes(path));
          const inside = sh`eval ${script.replaceAll('/etc/kubernetes', etc)}`;
          const answer = asksFiles ? await bare.run(inside, options) : await empty.run(script, options);
          heard.push(answer.stdout);
          return answer;
        },
      };
    },
    artifacts: { resolve: async () => released('1.29.3', '1.7.0'), atHand: async () => released('1.29.3', '1.7.0') },
    craft: { kinds, wanted: () => w.resources },
  });
  const dir = join(w.root, 'control-machine', 'prod');
  const file: ClusterFile = { spec: read.value, text, dir, warnings: [] };
  const keysHere = (): readonly string[] =>
    existsSync(dir)
      ? readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter(path => /\.key$|encryption/.test(path))
      : [];
  const leaked = (): boolean => secrets.some(secret => heard.join('').includes(secret));
  return { file, keysHere, leaked, ...told };
};

const failureOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => '',
    (error: unknown) => String(error),
  );

test.each(Object.entries(leaves))('kw %s copies no key', async (_, story) => {
  const world = await lost();
  await failureOf(story(world.file, world.ports));
  expect([world.leaked(), world.keysHere()]).toEqual([false, []]);
});

test('kw plan says where the keys are, and what copies them', async () => {
  const { file, ports } = await lost();
  await expect(plan(file, ports)).rejects.toMatchObject({
    failure: { class: 'refused', message: expect.stringContaining('on kw-1'), help: expect.stringContaining('kw up') },
  });
});

test('kw up copies them: this test sees what it looks for', async () => {
  const { file, ports, leaked, keysHere } = await lost();
  await failureOf(up(file, ports, { yes: true, verify: false }));
  expect([leaked(), keysHere().length > 3]).toEqual([true, true]);
});

/** A file that `kw adopt` drew: commands that only look are let in to that very cluster, and no other is let in at all. */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CommandSpec } from '../../src/cli/command.js';
import { commands } from '../../src/cli/commands.js';
import { openVault } from '../../src/engine/vault.js';
import { WorldFailed } from '../../src/model/event.js';
import { createAuthority } from '../../src/pki/issue.js';
import { readKubeconfig } from '../../src/pki/read-kubeconfig.js';
import { readCertificates } from '../../src/pki/read.js';
import { readCluster } from '../../src/spec/index.js';
import { backup, listedBackups } from '../../src/workflow/backup.js';
import { certs } from '../../src/workflow/certs.js';
import { type ClusterFile, folderOf } from '../../src/workflow/cluster-file.js';
import { conversion } from '../../src/workflow/convert.js';
import { doctor, evidence, explain } from '../../src/workflow/doctor.js';
import { drift } from '../../src/workflow/drift.js';
import { heal } from '../../src/workflow/heal.js';
import { kubeconfig, revoke } from '../../src/workflow/kubeconfig.js';
import { plan } from '../../src/workflow/plan.js';
import type { Ports } from '../../src/workflow/ports.js';
import { recover } from '../../src/workflow/recover.js';
import { renew } from '../../src/workflow/renew.js';
import { replace } from '../../src/workflow/replace.js';
import { revive } from '../../src/workflow/revive.js';
import { rotate } from '../../src/workflow/rotate.js';
import { reset } from '../../src/workflow/reset.js';
import { restore } from '../../src/workflow/restore.js';
import { status } from '../../src/workflow/status.js';
import { createToken, removeToken, tokens } from '../../src/workflow/token.js';
import { up } from '../../src/workflow/up.js';
import { checkUpgrade, upgrade } from '../../src/workflow/upgrade.js';
import { verify } from '../../src/workflow/verify.js';
import { type World, world } from '../engine/world.js';
import { recordedPorts } from './recorded-ports.js';
import { addressOf, filesIn, simulated } from './simulated-host.js';

type Pair = Awaited<ReturnType<typeof createAuthority>>;
const made = (): Promise<Pair> =>
  createAuthority({ commonName: 'kubernetes', days: 10, algorithm: 'ecdsa-p256', now: new Date('2026-01-01') });
const idOf = ({ certPem }: Pair): string => readCertificates(certPem).certificates[0]?.fingerprint ?? '';

let [kubeadms, another]: [Pair, Pair] = [] as never;
beforeAll(async () => {
  [kubeadms, another] = [await made(), await made()];
});
let open: World | undefined;
afterEach(() => open?.clean());

const hosts = ['kw-1', 'kw-2'];
const fileOf = (at: string, mark: boolean): ClusterFile => {
  const text = `name: kubernetes
kubernetes: 1.29.3
hosts:
${hosts.map((host, n) => `  - { name: ${host}, address: ${addressOf(host)}, roles: [${n === 0 ? 'etcd, controlPlane' : 'worker'}] }`).join('\n')}
network: { provider: none }
addons: { dns: false, metricsServer: false }
${mark ? `adopted: { from: kubeadm, ca: ${idOf(kubeadms)} }\n` : ''}`;
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return { spec: checked.value, text, dir: join(at, folderOf(checked.value)), warnings: [] };
};

/** As hosts of kubeadm say whose they are: without a mark of Kubewizard's. */
const carrying = ({ certPem }: Pair): string =>
  `ca=${Buffer.from(certPem).toString('base64')}\nname=kubernetes\nend=yes\n`;

/** What the help of a refusal leads to. */
const takes = ['doctor', 'heal', 'backup', 'kubeconfig', 'token', 'docs/operations/adopt.md'];

const given = (carried: string, mark = true, { agrees = true, keys = {} as Record<string, string> } = {}) => {
  const w = world(hosts.map(host => ({ host, name: 'a', want: { text: 'one' } })));
  open = w;
  const scripts: string[] = [];
  const connected: string[] = [];
  const { ports, asked } = recordedPorts({
    answer: () => agrees,
    connect: async ({ name }) => {
      connected.push(name);
      const connection = await simulated(w.host(name), carried);
      return {
        ...connection,
        run: async (script, options) => {
          scripts.push(script);
          const has = script.includes('cat /etc/kubernetes/pki/ca.key') && Object.keys(keys).length > 0;
          return has ? { code: 0, stdout: filesIn(script, keys), stderr: '' } : connection.run(script, options);
        },
      };
    },
  });
  const at = join(w.root, 'control-machine');
  const file = fileOf(at, mark);
  return { w, at, dir: file.dir, ports, scripts, connected, asked, file };
};

const save = (): Promise<void> => Promise.reject(new Error('the file is not written'));
type Story = (file: ClusterFile, ports: Ports) => Promise<unknown>;
const looking: Readonly<Record<string, Story>> = {
  plan: conversion,
  status,
  doctor: (file, ports) => doctor({ file: async () => file }, ports),
  explain: (file, ports) => explain('Unauthorized', { file: async () => file }, ports),
  bundle: (file, ports) => evidence({ file: async () => file }, ports),
  certs: (file, ports) => certs({ file: async () => file }, ports),
  'upgrade --check': (file, ports) => checkUpgrade({ file: async () => file }, '1.30.14', ports),
  'backup list': (file, ports) => listedBackups(file, ports, {}),
};
const anna = { user: 'anna', groups: [], life: 3_600_000, breaksGlass: false };
const changing: Readonly<Record<string, Story>> = {
  'plan --until': (file, ports) => plan(file, ports, { until: 'etcd' }),
  'plan --take-over': (file, ports) => plan(file, ports, { takeOver: [`kw-1=${idOf(kubeadms).slice(0, 12)}`] }),
  up: (file, ports) => up(file, ports, { yes: true }),
  'up --take-over': (file, ports) =>
    up(file, ports, { yes: true, takeOver: hosts.map(host => `${host}=${idOf(kubeadms).slice(0, 12)}`) }),
  upgrade: (file, ports) =>
    upgrade(file, ports, { path: 'cluster.yaml', version: '1.30.14', yes: true, verify: false, save }),
  revive: (file, ports) => revive(file, ports, { yes: true }),
  rotate: (file, ports) => rotate(file, ports, { name: 'encryption-key', yes: true }),
  replace: (file, ports) => replace(file, ports, { path: 'cluster.yaml', names: ['kw-2'], yes: true, save }),
  reset: (file, ports) => reset(file, ports, { phrase: 'kubernetes', withoutBackup: true }),
  restore: (file, ports) => restore(file, ports, { phrase: 'kubernetes' }),
  'etcd recover': (file, ports) => recover(file, ports, { phrase: 'kubernetes' }),
  verify,
  drift,
};
/** What changes nothing that runs, and needs nothing of Kubewizard's own. */
const working: Readonly<Record<string, Story>> = {
  heal: (file, ports) => heal({ file: async () => file }, ports, { yes: true }),
  'heal --dry-run': (file, ports) => heal({ file: async () => file }, ports, { dryRun: true }),
  'certs renew': (file, ports) => renew({ file: async () => file }, ports, { yes: true }),
  backup: (file, ports) => backup(file, ports),
  'backup --to': (file, ports) =>
    backup(file, ports, { to: { folder: '/nonexistent', seal: { passphrase: 'secret' } }, yes: true }),
  'backup list --prove': (file, ports) => listedBackups(file, ports, { prove: true }),
  kubeconfig: (file, ports) => kubeconfig(file, ports, anna, 'ada@laptop'),
  'kubeconfig --role': (file, ports) => kubeconfig(file, ports, { ...anna, role: 'view' }, 'ada@laptop'),
  'kubeconfig --break-glass': (file, ports) => kubeconfig(file, ports, { ...anna, breaksGlass: true }, 'ada@laptop'),
  'kubeconfig --revoke': (file, ports) => revoke(file, ports, 'anna', 'ada@laptop'),
  'token create': (file, ports) => createToken(file, ports, { ttl: 60_000, description: '' }),
  'token list': tokens,
  'token delete': (file, ports) => removeToken(file, ports, 'abcdef'),
};

/** They read the file, or journals beside it, and know nothing of hosts. */
const asksNoHost = ['history', 'mirror'];

const rows = (all: readonly CommandSpec[], before = ''): readonly string[] =>
  all.flatMap(row => [
    ...(row.load && row.fileless !== true ? [`${before}${row.name}`] : []),
    ...rows(row.commands ?? [], `${before}${row.name} `),
  ]);

test('every command of the table that takes a cluster file works with one that was drawn, or refuses it', () => {
  const told = [looking, working, changing].flatMap(all => Object.keys(all)).map(word => word.replace(/ --.*/, ''));
  expect([...new Set([...told, ...asksNoHost])].sort()).toEqual([...rows(commands)].sort());
});

const refusalOf = async (work: Promise<unknown>): Promise<WorldFailed['failure']> => {
  const error = await work.then(
    () => new Error('it was let in'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof WorldFailed)) throw error;
  expect(error.failure.class).toBe('refused');
  return error.failure;
};

describe.each(Object.entries(changing))('%s', (_, story) => {
  test('is refused before any host is connected, naming why and what there is', async () => {
    const { file, ports, connected, dir } = given(carrying(kubeadms));
    const { message, help } = await refusalOf(story(file, ports));
    expect(message).toContain('kubernetes is a cluster of kubeadm');
    expect(message).toContain('as kubeadm set them up');
    for (const word of takes) expect(help).toContain(word);
    expect(connected).toEqual([]);
    expect(existsSync(dir), 'nothing is written on the control machine').toBe(false);
  });
});

describe.each(Object.entries({ ...looking, ...working }))('%s', (_, story) => {
  test('of another cluster at these addresses is refused', async () => {
    const { file, ports, scripts, dir } = given(carrying(another));
    const { message } = await refusalOf(story(file, ports));
    expect(message).toContain(idOf(another).slice(0, 16));
    expect(message).toContain(idOf(kubeadms).slice(0, 16));
    expect(scripts.filter(script => !script.includes('kw_carried'))).toEqual([]);
    expect(existsSync(join(dir, 'pki')), 'no key of theirs is kept').toBe(false);
  });
});

describe.each(Object.entries(working))('%s', (_, story) => {
  test('of the very cluster is let in, and makes no key', async () => {
    const { file, ports, scripts, dir } = given(carrying(kubeadms));
    // The simulated hosts have neither keys nor programs: what becomes of it is the lab's to show.
    await story(file, ports).catch((thrown: unknown) => {
      if (!(thrown instanceof WorldFailed)) throw thrown;
      expect(thrown.failure.message).not.toContain('adopted: in the file');
    });
    expect(scripts.filter(script => !script.includes('kw_carried')).length).toBeGreaterThan(0);
    expect(existsSync(join(dir, 'pki'))).toBe(false);
  });
});

describe.each(Object.entries(looking))('%s', (name, story) => {
  test('of the very cluster goes on, and nothing is remembered of it', async () => {
    const { file, ports, scripts, dir } = given(carrying(kubeadms));
    // The simulated hosts answer nothing else: some say that they saw too little.
    const error = await story(file, ports).catch((thrown: unknown) => thrown);
    if (error instanceof WorldFailed) expect([name, error.failure.class]).not.toEqual([name, 'refused']);
    expect(scripts.filter(script => !script.includes('kw_carried')).length).toBeGreaterThan(0);
    expect(existsSync(join(dir, 'identity.json'))).toBe(false);
    expect(existsSync(join(dir, 'pki'))).toBe(false);
  });
});

test.each(['plan --until', 'up', 'reset'])(
  '%s with a file that lost its mark is refused as ever, also after looking',
  async word => {
    const looked = given(carrying(kubeadms));
    await status(looked.file, looked.ports).catch(() => undefined);
    const bare = fileOf(looked.at, false);
    const { message } = await refusalOf((changing[word] as Story)(bare, looked.ports));
    expect(message).toContain('not a host of this cluster');
    expect(looked.scripts.some(script => script.includes('kw_carried'))).toBe(true);
  },
);

describe('keys of a cluster of others', () => {
  const keysOf = ({ certPem, keyPem }: Pair) => ({
    '/etc/kubernetes/pki/ca.crt': certPem,
    '/etc/kubernetes/pki/ca.key': keyPem,
  });
  const asks = ({ file, ports }: ReturnType<typeof given>) => kubeconfig(file, ports, anna, 'ada@laptop');

  test('are copied when a person agrees, who is asked once; and sign what the cluster trusts', async () => {
    const w = given(carrying(kubeadms), true, { keys: keysOf(kubeadms) });
    const text = await asks(w);
    await asks(w);
    expect(w.asked.length).toBe(1);
    expect(w.asked[0]?.says).toContain(w.dir);
    expect(readFileSync(join(w.dir, 'pki/ca.key'), 'utf8')).toBe(kubeadms.keyPem);
    const { value } = readKubeconfig(text);
    expect(value?.caPem).toBe(kubeadms.certPem);
    expect(new X509Certificate(value?.certPem ?? '').verify(new X509Certificate(kubeadms.certPem).publicKey)).toBe(
      true,
    );
    expect(existsSync(join(w.dir, 'pki/etcd/ca.key')), 'nothing was made').toBe(false);
  });

  test('stay where they are when a person does not', async () => {
    const w = given(carrying(kubeadms), true, { agrees: false, keys: keysOf(kubeadms) });
    expect((await refusalOf(asks(w))).message).toContain('not copied');
    expect(existsSync(join(w.dir, 'pki'))).toBe(false);
    expect(w.scripts.filter(script => script.includes('ca.key') && script.includes('cat '))).toEqual([]);
  });

  test('that are on no host are said to be elsewhere', async () => {
    const w = given(carrying(kubeadms));
    expect((await refusalOf(asks(w))).message).toContain('keeps it elsewhere');
  });

  test.each(['plan --until', 'up', 'reset'])('that are kept let no %s in that has lost its mark', async word => {
    const w = given(carrying(kubeadms), true, { keys: keysOf(kubeadms) });
    await asks(w);
    const { message } = await refusalOf((changing[word] as Story)(fileOf(w.at, false), w.ports));
    expect(message).toContain('not a host of this cluster');
  });
});

test('certificates of a cluster of Kubewizard’s own are not renewed by hand', async () => {
  const { file, ports, connected } = given(carrying(kubeadms), false);
  const { message } = await refusalOf(renew({ file: async () => file }, ports, { yes: true }));
  expect(message).toContain('by themselves');
  expect(connected).toEqual([]);
});

test('for a file that was drawn no key is made, whoever asks', async () => {
  for (const from of ['kubeadm', 'RKE1']) {
    const { file, dir } = given(carrying(kubeadms));
    const spec = { ...file.spec, adopted: { from, ca: idOf(kubeadms) } } as typeof file.spec;
    const found = (): Promise<never> => Promise.reject(new Error('hosts were asked for keys'));
    expect((await refusalOf(openVault(dir, spec, { now: () => new Date(), found }))).message).toContain(from);
    expect(existsSync(dir)).toBe(false);
    open?.clean();
  }
});

/**
 * A cluster of kubeadm is adopted: a file is written, the doctor and the status take it, what would set the cluster up
 * anew is refused, what changes nothing that runs works, and on its hosts nothing was restarted. With as many control
 * planes as there are hosts but one, which is a worker.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import type { NewestHere } from '../../../src/artifacts/index.js';
import { minorOf, releases } from '../../../src/catalog/index.js';
import type { ConversionFinding } from '../../../src/discovery/conversion/finding.js';
import type { ConversionReport } from '../../../src/discovery/conversion/judge.js';
import { kubeadmUp, type LabState } from '../../../src/lab/index.js';
import { ofTheMachine } from '../clinic/play-fault.js';
import type { Output, Stage } from '../scenario.js';
import { healed, withKeys, withoutKeys } from './adopted-cluster.js';
import { listing } from './digests.js';
import { until } from './hosts.js';

export const adopts = async (t: Stage, version: NewestHere, count: number): Promise<void> => {
  const lab = await t.lab(count);
  const controlPlanes = count - 1;
  await t.step('a cluster by kubeadm', () => kubeadmUp(lab, { version, controlPlanes }, { progress: t.note }));
  const { HOME, XDG_CACHE_HOME } = process.env;
  mkdirSync(join(t.dir, 'home'), { recursive: true });
  Object.assign(process.env, {
    HOME: join(t.dir, 'home'),
    XDG_CACHE_HOME: XDG_CACHE_HOME ?? join(HOME ?? '', '.cache'),
  });
  const addresses = lab.hosts.map(({ address }) => address);
  const way = ['--ssh-key', lab.sshKey, '--accept-new'];
  const before = await settledHosts(t, lab);

  await t.step('refused where a control plane was not named', async () => {
    const said = await t.kw(['adopt', '--hosts', addresses.slice(1).join(','), ...way]);
    assert.equal(said.code, 14, said.stdout + said.stderr);
    assert.match(said.stderr, /control plane/);
  });
  await t.step('drawn without a worker that was not named, which the report names', async () => {
    const some = addresses.slice(0, -1).join(',');
    const { stdout } = await t.ok(['adopt', '--hosts', some, '-o', 'some.yaml', ...way]);
    assert.match(stdout, /is of this cluster and was not asked/);
  });
  await t.step('adopt', () => adopted(t, lab, version.kubernetes, way));
  await t.step('who looks is let in', () => looked(t, version.kubernetes));
  await t.step('who changes is not', () => refused(t, version.kubernetes));
  await t.step('a file without its mark is another cluster’s, as ever', async () => {
    const text = readFileSync(join(t.dir, 'cluster.yaml'), 'utf8');
    mkdirSync(join(t.dir, 'bare'), { recursive: true });
    for (const folder of ['', 'bare/']) {
      writeFileSync(join(t.dir, `${folder}bare.yaml`), text.slice(0, text.indexOf('\nadopted:') + 1));
      const said = await t.kw(['up', '--yes', '-f', `${folder}bare.yaml`, '--accept-new']);
      assert.equal(said.code, 14, said.stdout + said.stderr);
      assert.match(said.stderr, /not a host of this cluster/);
    }
  });
  assert.doesNotMatch(listing(t.dir), /\.key |sa\.pub|ca\.crt/, 'no key was copied');
  await t.step('what needs no key works', () => withoutKeys(t));
  await t.step('what needs keys works when they may be copied', () => withKeys(t));
  await t.step('what is healthy stays as it is', () => t.ok(['heal', '--dry-run', '--accept-new']));
  assert.deepEqual(await hostsNow(t, lab), before, 'files and processes of the hosts are what they were');
  const running = await containersNow(t, lab);
  await t.step('a kubelet is cured by the file', () => healed(t));
  assert.deepEqual(await containersNow(t, lab), running, 'no container was restarted');
  Object.assign(process.env, { HOME });
};

const adopted = async (t: Stage, lab: LabState, version: string, way: readonly string[]): Promise<void> => {
  const hosts = lab.hosts.map(({ address }) => address).join(',');
  const { stdout } = await t.ok(['adopt', '--hosts', hosts, ...way]);
  t.note(stdout);
  assert.ok(stdout.includes(`a cluster of kubeadm, Kubernetes ${version}`), stdout);
  assert.match(stdout, /static pods would become units/);
  const text = readFileSync(join(t.dir, 'cluster.yaml'), 'utf8');
  t.note(text);
  const file = parse(text) as Readonly<Record<string, unknown>>;
  assert.deepEqual(
    (file.hosts as readonly { readonly name: string; readonly roles: readonly string[] }[]).map(one => [
      one.name,
      one.roles,
    ]),
    lab.hosts.map(({ name }, at) => [name, at < lab.hosts.length - 1 ? ['etcd', 'controlPlane'] : ['worker']]),
  );
  assert.equal(file.kubernetes, version);
  const again = await t.kw(['adopt', '--hosts', hosts, ...way]);
  assert.equal(again.code, 64, 'an existing file is never overwritten');
};

/** The newest of the next minor; undefined: there is none yet. */
const nextOf = (version: string): string | undefined =>
  releases.find(one => minorOf(one.latestPatchKnown) === minorOf(version) + 1)?.latestPatchKnown;

const tries = 6;

/** A busy machine lets an API server answer too late, which is an illness then: it is asked again, as a person would. */
const asked = async (t: Stage, command: readonly string[], well: (output: Output) => boolean): Promise<Output> => {
  for (let count = 1; ; count++) {
    const output = await t.kw([...command, '--accept-new']);
    t.note(output.stdout + output.stderr);
    if (well(output) || count === tries) return output;
  }
};

const looked = async (t: Stage, version: string): Promise<void> => {
  const status = await asked(t, ['status'], ({ code }) => code === 0);
  assert.equal(status.code, 0, `all of it is well: ${status.stdout}${status.stderr}`);
  const own = await t.kw(['doctor', '--accept-new']);
  t.note(own.stdout + own.stderr);
  const hosts = ['--hosts', await addresses(t), '--ssh-key', key(t)];
  const named = await asked(t, ['doctor', ...hosts], ({ code }) => code === own.code);
  assert.equal(own.code, named.code, `as with --hosts: ${own.stdout}${own.stderr}${named.stdout}${named.stderr}`);
  const next = nextOf(version);
  if (next !== undefined) {
    const check = await t.kw(['upgrade', '--check', next, '--accept-new']);
    t.note(check.stdout + check.stderr);
    assert.ok([0, 2, 3].includes(check.code), check.stdout + check.stderr);
  }
  await t.ok(['bundle', '-o', 'a.kwbundle', '--accept-new']);
  assert.equal((await t.kw(['backup', 'list', '--accept-new'])).code, 2, 'there is none');
  assert.match((await t.kw(['plan', '--explain-defaults'])).stdout, /network\.(?:pods|hostPrefix)/);
  await wouldConvert(t);
  const certs = await t.kw(['certs', '--json', '--accept-new']);
  assert.ok((JSON.parse(certs.stdout) as { certificates: readonly unknown[] }).certificates.length > 5, certs.stderr);
};

/** Nothing of it is carried out: that nothing stands in the way is what a plain cluster of kubeadm must hear. */
const wouldConvert = async (t: Stage): Promise<void> => {
  t.note((await t.kw(['plan', '--accept-new'])).stdout);
  const { code, stdout, stderr } = await asked(t, ['plan', '--json'], output => output.code === 2);
  const { verdict, findings, turns } = JSON.parse(stdout) as ConversionReport;
  const wanted = findings.some(isOfTheMachine) ? [14, 'blocked'] : [2, 'clear'];
  assert.deepEqual([code, verdict], wanted, `${JSON.stringify(findings, undefined, 1)}${stderr}`);
  assert.deepEqual(
    findings.filter(one => one.severity === 'blocker' && !isOfTheMachine(one)),
    [],
  );
  assert.deepEqual(
    turns.map(({ host, programs }) => [host, programs.length]),
    fileOf(t).hosts.map(({ name, roles }) => [name, roles.includes('controlPlane') ? 5 : 1]),
  );
};

const isOfTheMachine = ({ rule, hits }: ConversionFinding): boolean =>
  rule === 'ill' && hits.every(one => ofTheMachine.some(key => key.startsWith(`${one.name}/`)));

const fileOf = (t: Stage) =>
  parse(readFileSync(join(t.dir, 'cluster.yaml'), 'utf8')) as {
    readonly hosts: readonly { readonly name: string; readonly address: string; readonly roles: readonly string[] }[];
    readonly ssh: { readonly key: string };
  };
const addresses = async (t: Stage): Promise<string> =>
  fileOf(t)
    .hosts.map(({ address }) => address)
    .join(',');
const key = (t: Stage): string => fileOf(t).ssh.key;

const changing = (version: string): readonly (readonly string[])[] => [
  ['plan', '--until', 'etcd'],
  ['up', '--yes'],
  ['up', '--yes', '--take-over', 'kw-1=unidentified'],
  ['reset', '--yes-i-mean', 'kubernetes'],
  ['verify'],
  ['drift'],
  ['rotate', 'ca', '--yes'],
  ['replace', 'kw-2', '--yes'],
  ['upgrade', nextOf(version) ?? version, '--yes'],
];

const refused = async (t: Stage, version: string): Promise<void> => {
  const had = listing(t.dir);
  for (const command of changing(version)) {
    const said = await t.kw([...command, '--accept-new']);
    assert.equal(said.code, 14, `${command.join(' ')}: ${said.stdout}${said.stderr}`);
    assert.match(said.stderr, /a cluster of kubeadm/);
  }
  assert.equal(listing(t.dir), had, 'nothing was written here');
};

const files =
  'find /etc/kubernetes /var/lib/kubelet/pki /var/lib/kubelet/config.yaml /etc/systemd/system /etc/cni ' +
  '/etc/containerd /usr/bin/kubelet -type f -exec sha256sum {} + | sort';
const programs = 'kube-apiserver etcd kube-controller-manager kube-scheduler kube-proxy coredns kubelet containerd';
/** Field 22 of stat: when it started, in ticks since boot. */
const started =
  `for p in ${programs}; do for i in $(pidof "$p"); do ` +
  'echo "$p $i $(sed \'s/.*) //\' "/proc/$i/stat" | cut -d \' \' -f 20)"; done; done';

/** All but the kubelets. */
const containersNow = async (t: Stage, { hosts }: LabState): Promise<readonly string[]> =>
  (await Promise.all(hosts.map(async ({ name }) => (await t.on(name, started)).stdout)))
    .flatMap(stdout => stdout.split('\n'))
    .filter(line => !line.startsWith('kubelet '));

/** kubeadm is done before the pods of its DaemonSets run; a busy machine starts the last of them much later. */
const settledHosts = (t: Stage, lab: LabState): Promise<readonly string[]> =>
  until('a kube-proxy to run on every host, and nothing else to be started', async () => {
    const first = await hostsNow(t, lab);
    await sleep(10_000);
    const second = await hostsNow(t, lab);
    const proxies = second.filter(text => /^kube-proxy /m.test(text)).length;
    return proxies === lab.hosts.length && isDeepStrictEqual(first, second) ? second : undefined;
  });

const hostsNow = async (t: Stage, { hosts }: LabState): Promise<readonly string[]> => {
  const all = await Promise.all(
    hosts.flatMap(({ name }) => [files, started].map(async command => (await t.on(name, command)).stdout)),
  );
  const [onPlane = '', pids = ''] = all;
  assert.ok(onPlane.split('\n').length > 20 && pids.split('\n').length >= 6, 'the control plane was seen');
  return all;
};

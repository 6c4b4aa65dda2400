/**
 * A share of the law of files over time on real hosts: random edits of the cluster file, and runs that are killed
 * anywhere. The end is what the last file gives on fresh hosts, byte for byte, and its plan is empty.
 * KW_TEST_SEED plays one seed again.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { clusterFileForLab, labReset, type LabState } from '../../../src/lab/index.js';
import { type Key, readCluster } from '../../../src/spec/index.js';
import { type Edit, edited, type File, valuesOf } from '../../lifetime/edits.js';
import type { Stage } from '../scenario.js';
import { leftovers } from './hosts.js';

export const name = 'files over time: random edits, runs killed anywhere; the end is a fresh build of the last file';
export const minutes = 14;
export const rotates = true;

const hosts = ['kw-1', 'kw-2'];
const rounds = process.env.KW_TEST_FULL === undefined ? 5 : 30;
const seed = Number(process.env.KW_TEST_SEED ?? Date.now() % 1_000_000);

/** What a living cluster takes, and what touches files, units, certificates and objects. */
const keys: readonly Key[] = [
  'hosts[].labels',
  'hosts[].taints',
  'network.mtu',
  'pki.sans',
  'pki.leafDays',
  'addons.dns',
  'components.apiserver.extraArgs',
  'components.kubelet.config',
  'components.proxy.config',
  'components.containerd.config',
];

interface Round {
  readonly edits: readonly Edit[];
  /** Of a whole run's time; undefined: it ends. */
  readonly kill: number | undefined;
}

const edit = fc.constantFrom(...keys).chain(key =>
  fc.record({
    edit: fc.constant('set' as const),
    key: fc.constant(key),
    host: fc.nat(1),
    value: fc.constantFrom(undefined, ...valuesOf(key)),
  }),
);
const round: fc.Arbitrary<Round> = fc.record({
  edits: fc.array(edit, { minLength: 1, maxLength: 3 }),
  kill: fc.option(fc.double({ min: 0.02, max: 1, noNaN: true }), { nil: undefined, freq: 3 }),
});

export const run = async (t: Stage): Promise<void> => {
  t.note(`seed ${seed} (KW_TEST_SEED=${seed} plays it again)`);
  const lab = await t.lab(hosts.length);
  const began = performance.now();
  let file = write(t, firstOf(lab));
  await t.step('a first build', () => t.ok(up));
  // Most of a first build is fetching and starting; what an edit changes takes a small part of it.
  const whole = (performance.now() - began) / 6;
  for (const one of fc.sample(round, { seed, numRuns: rounds })) {
    file = one.edits.reduce(tried, file);
    write(t, file);
    await t.step(textOf(one), () => played(t, one, whole));
  }
  await t.step('the last file, to its end', () => t.ok(up));
  await converged(t);
  const lived = await seen(t);
  await t.step('fresh hosts', () => Promise.all(hosts.map(host => labReset(t.labName, host))));
  await t.step('the last file, built afresh', () => t.ok(up));
  await converged(t);
  assert.deepEqual(lived, await seen(t), `seed ${seed}: the cluster that lived is a fresh build of its last file`);
};

const up = ['up', '--yes', '--no-verify'];

const firstOf = (lab: LabState): File => clusterFileForLab(lab, { name: 'demo' }) as unknown as File;

const write = (t: Stage, file: File): File => {
  writeFileSync(join(t.dir, 'cluster.yaml'), stringify(file));
  return file;
};

/** An edit that makes no cluster file is not made. */
const tried = (file: File, one: Edit): File => {
  const next = edited(file, one);
  return readCluster(stringify(next), 'cluster.yaml').ok ? next : file;
};

const played = async (t: Stage, { kill }: Round, whole: number): Promise<void> => {
  if (kill === undefined) {
    await t.ok(up);
    return;
  }
  const cut = new AbortController();
  const running = t.kw(up, { signal: cut.signal });
  await Promise.race([sleep(kill * whole), running]);
  cut.abort();
  const { code } = await running;
  assert.ok([0, 137].includes(code), `killed, or over before: exit code ${code}`);
};

const textOf = ({ edits, kill }: Round): string => {
  const words = edits.map(one =>
    one.edit === 'set' ? `${one.key} ${JSON.stringify(one.value) ?? 'taken out'}` : one.edit,
  );
  const end = kill === undefined ? '' : `; killed at ${Math.round(kill * 100)} % of a run`;
  return `${words.join(', ')}${end}`;
};

const converged = async (t: Stage): Promise<void> => {
  const { code, stdout, stderr } = await t.kw(['plan']);
  assert.equal(code, 0, `seed ${seed}: nothing is left to do: ${stdout}${stderr}`);
  assert.deepEqual(await leftovers(t, hosts), [], `seed ${seed}: nothing half-written is left`);
};

/** All that the blueprint renders, by digest; certificates, keys and etcd's ids are new in every build. */
const rendered =
  'find /etc/kubernetes /etc/systemd/system /usr/local/lib/kubewizard /etc/containerd /etc/cni/net.d /etc/sysctl.d ' +
  '/etc/modules-load.d /var/lib/kubelet/config.yaml /var/lib/kube-proxy -type f -exec sha256sum {} + 2>/dev/null | ' +
  "grep -vE ' /etc/kubernetes/(pki/|etcd-member|[a-z-]+[.]conf)|/kubeconfig[.]conf$' | sort -k 2";
const nodesSeen =
  'kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes -o jsonpath=' +
  `'{range .items[*]}{.metadata.name} {.metadata.labels} {.spec.taints}{"\\n"}{end}'`;

const seen = async (t: Stage): Promise<Readonly<Record<string, readonly string[]>>> => {
  const files = await Promise.all(
    hosts.map(async host => {
      const { stdout } = await t.on(host, rendered);
      const lines = stdout.split('\n').filter(Boolean);
      assert.ok(lines.length > 15, `${host} was seen: ${stdout}`);
      return [host, lines] as const;
    }),
  );
  const nodes = await t.on('kw-1', nodesSeen);
  assert.equal(nodes.code, 0, nodes.stderr);
  return { ...Object.fromEntries(files), nodes: nodes.stdout.split('\n') };
};

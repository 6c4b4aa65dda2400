/** The doctor never calls a cluster healthy while pods cannot talk: random drops, each named at its host. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Diagnosis, flat, type Report } from '../../../src/clinic/examine/report.js';
import type { Stage } from '../scenario.js';
import { writeCluster } from '../wizard/cluster.js';
import { type Drop, dropOf, type Ground, randomOf } from './drops.js';
import { ofTheMachine } from './play-fault.js';

export const name = 'the clinic: packets that vanish anywhere';
export const minutes = 40;

const kubectl = '/usr/local/bin/kubectl --kubeconfig /etc/kubernetes/admin.conf';
/** Seconds, on a machine that plays other things besides. */
const slowest = 40;

export const run = async (t: Stage): Promise<void> => {
  const drops = process.env.KW_TEST_FULL ? 20 : 3;
  const seed = Number(process.env.KW_DROPS_SEED ?? Date.now() % 1_000_000);
  t.note(`${drops} drops of seed ${seed}: KW_DROPS_SEED=${seed} plays the same again`);
  const lab = await t.lab(3);
  await writeCluster(t, lab);
  await t.step('three hosts and a pod on each', async () => {
    await t.ok(['up', '--yes', '--no-verify']);
    await podOnEach(t, lab.hosts.length);
  });
  const grounds = await Promise.all(lab.hosts.map(({ name: host }) => groundOf(t, host)));
  await well(t, 'before the first drop');
  const random = randomOf(seed);
  for (let turn = 0, played = 0; played < drops; turn += 1) {
    assert(turn < drops * 3, 'most drops that were drawn drop nothing');
    if (await play(t, dropOf(grounds, turn, random), grounds)) played += 1;
  }
};

/** False: what was drawn drops no packet, which the pods say themselves. */
const play = async (t: Stage, drop: Drop, grounds: readonly Ground[]): Promise<boolean> => {
  const what = `${drop.host}: ${drop.says}`;
  const made = await t.on(drop.host, drop.make);
  assert.equal(made.code, 0, `${what}: ${made.stderr}`);
  try {
    if (!(await cannotTalk(t, grounds))) {
      t.note(`${what}: the pods talk all the same; another is drawn`);
      return false;
    }
    const began = performance.now();
    const report = await doctor(t);
    const seconds = (performance.now() - began) / 1000;
    t.note(`${what}: ${seconds.toFixed(1)} s, ${wordsOf(ill(report))}`);
    assert.equal(report.verdict, 'ill', `${what}: the doctor says ${report.verdict}`);
    const causes = flat(ill(report));
    const hosts = new Set(causes.flatMap(one => one.findings.map(finding => finding.host)));
    assert.deepEqual([...hosts], [drop.host], `${what}: named are ${wordsOf(causes)}`);
    assert(seconds < slowest, `${what}: ${seconds.toFixed(1)} s`);
  } finally {
    const undone = await t.on(drop.host, drop.undo);
    assert.equal(undone.code, 0, `${what}, undone: ${undone.stderr}`);
  }
  await well(t, `after ${what}`);
  return true;
};

/** A busy machine shows as a slow disk on every host. */
const ill = (report: Report): readonly Diagnosis[] =>
  report.causes.filter(one => !ofTheMachine.includes(`${one.case}/${one.variant}`));

const doctor = async (t: Stage): Promise<Report> => {
  const { code, stdout, stderr } = await t.kw(['doctor', '--json']);
  assert([0, 2, 3].includes(code), `kw doctor: exit code ${code}: ${stderr.slice(-400)}`);
  return JSON.parse(stdout) as Report;
};

const wordsOf = (causes: readonly Diagnosis[]): string =>
  causes
    .flatMap(one => one.findings.map(finding => `${one.case}/${one.variant} on ${finding.host}: ${finding.says}`))
    .join(' | ');

const well = async (t: Stage, when: string): Promise<void> => {
  let causes: readonly Diagnosis[] = [];
  for (let tries = 0; tries < 4; tries += 1) {
    const report = await doctor(t);
    causes = ill(report);
    if (causes.length === 0 && report.traffic?.broken === 0 && report.traffic.probes > 0) return;
    await sleep(3000);
  }
  assert.fail(`${when} the doctor says: ${wordsOf(causes)}`);
};

/** The image of every sandbox lies on each host already. */
const podOnEach = async (t: Stage, hosts: number): Promise<void> => {
  const image = (
    await t.on('kw-1', 'ctr -n k8s.io images ls -q | grep pause | grep -v sha256 | head -n 1')
  ).stdout.trim();
  const labels = { app: 'kw-drops' };
  const set = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'kw-drops', namespace: 'default' },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          tolerations: [{ operator: 'Exists' }],
          terminationGracePeriodSeconds: 0,
          containers: [{ name: 'pause', image, imagePullPolicy: 'IfNotPresent' }],
        },
      },
    },
  };
  const made = await t.on('kw-1', `printf %s '${JSON.stringify(set)}' | ${kubectl} apply -f -`);
  assert.equal(made.code, 0, made.stderr);
  const ready = `${kubectl} get pods -l app=kw-drops -o jsonpath='{range .items[*]}{.status.phase}{"\\n"}{end}'`;
  for (let tries = 0; tries < 60; tries += 1) {
    const { stdout } = await t.on('kw-1', ready);
    if (stdout.split('\n').filter(line => line === 'Running').length === hosts) return;
    await sleep(1000);
  }
  assert.fail(`not every host runs a pod: ${(await t.on('kw-1', `${kubectl} describe pods`)).stdout.slice(-2000)}`);
};

/** A pod's process, address, and the link that leads to it, as the host itself sees them. */
const podScript = `for p in /proc/[0-9]*; do
  [ "$(readlink $p/ns/net)" != "$(readlink /proc/self/ns/net)" ] && grep -q kubepods $p/cgroup 2>/dev/null || continue
  a=$(nsenter -t \${p#/proc/} -n ip -o -4 addr show eth0 2>/dev/null | sed 's/.*inet \\([0-9.]*\\).*/\\1/'); [ -n "$a" ] || continue
  echo "\${p#/proc/} $a $(ip -o route get $a | sed 's/.* dev \\(\\S*\\).*/\\1/') $(nsenter -t \${p#/proc/} -n cat /proc/sys/net/ipv4/conf/all/forwarding)"; break
done`;

const groundOf = async (t: Stage, host: string): Promise<Ground> => {
  const script = `. /etc/kubernetes/network/config; echo "cidr $(awk -v n="$NAME" '$1 == n { print $3 }' /etc/kubernetes/network/peers)"
echo "port $PORT"; echo "link $(ip -o link | sed -n 's/^[0-9]*: \\(veth[^@:]*\\).* master cni0 .*/\\1/p' | head -n 1)"`;
  const { stdout } = await t.on(host, script);
  const of = (key: string): string => new RegExp(`^${key} (\\S+)$`, 'm').exec(stdout)?.[1] ?? '';
  const ground = {
    host,
    podCidr: of('cidr'),
    overlay: 'kw.vxlan',
    port: Number(of('port')),
    bridge: 'cni0',
    pod: of('link'),
  };
  assert(Object.values(ground).every(Boolean), `${host}: ${stdout}`);
  return ground;
};

/** Independent of the doctor: TCP, UDP, and a large echo, from a pod of each host to one of each other. */
const cannotTalk = async (t: Stage, grounds: readonly Ground[]): Promise<boolean> => {
  const pods = await Promise.all(
    grounds.map(async ({ host }) => {
      const [pid = '', address = ''] = (await t.on(host, podScript)).stdout.trim().split(' ');
      return { host, pid, address };
    }),
  );
  const results = await Promise.all(
    pods.map(async ({ host, pid }) => {
      const others = pods.filter(one => one.host !== host);
      const script = others
        .map(
          ({
            address,
          }) => `(nsenter -t ${pid} -n timeout 2.5 bash -c 'exec 3<>/dev/tcp/${address}/40999' 2>&1 | grep -q refused || echo tcp ${address}) &
(nsenter -t ${pid} -n bash -c 'for n in 1 2 3; do exec 3<>/dev/udp/${address}/40999; printf x >&3; read -t 0.7 -N 1 <&3; done' 2>&1 | grep -q refused || echo udp ${address}) &
(nsenter -t ${pid} -n ping -c 2 -i 0.3 -W 1 -M do -s 1400 ${address} >/dev/null || echo large ${address}) &`,
        )
        .join('\n');
      return (await t.on(host, `${script}\nwait`)).stdout.trim();
    }),
  );
  return results.some(Boolean);
};

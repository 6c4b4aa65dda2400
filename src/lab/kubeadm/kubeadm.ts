/** The peer: the same cluster by kubeadm of the same version, as its documentation says, step by step. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NewestHere } from '../../artifacts/index.js';
import { debianVersion } from '../../catalog/index.js';
import { WorldFailed } from '../../model/event.js';
import type { LabHost, LabState } from '../lab.js';
import { type LabOptions, type LabWorld, labWorld } from '../world.js';
import { initConfiguration, type Join, joinConfiguration } from './config.js';
import { kubeadmFiles } from './files.js';
import type { KubeadmFiles } from './parts.js';
import { bringFiles, onHost, prepareHost } from './host.js';

/** Seconds from files on fresh hosts to all nodes Ready, and each part of it. */
export interface KubeadmTimes {
  readonly prepare: number;
  readonly init: number;
  readonly joins: readonly number[];
  readonly workers: number;
  readonly ready: number;
  readonly total: number;
}

export interface KubeadmWant {
  /** The first N hosts, with stacked etcd. Default 3, or 1 in a lab of fewer. */
  readonly controlPlanes?: number;
  /** Of the API servers. Default 6443. */
  readonly port?: number;
  /** Default: Debian's, with containerd 1 and without addons. */
  readonly version?: NewestHere;
}

/**
 * On fresh hosts (`labReset` is its undoing). Addons (CoreDNS, kube-proxy) are skipped where their images cannot be
 * had: with Debian's 1.20.
 */
export const kubeadmUp = async (
  lab: LabState,
  want: KubeadmWant = {},
  options: LabOptions = {},
): Promise<KubeadmTimes> => {
  const world = labWorld(options);
  const count = want.controlPlanes ?? (lab.hosts.length >= 3 ? 3 : 1);
  const [first, ...others] = lab.hosts.slice(0, count);
  if (!first) throw new Error('a lab has at least one host');
  const workers = lab.hosts.slice(count);
  const files = await kubeadmFiles(world, want.version ?? { kubernetes: debianVersion, source: 'debian' });
  for (const host of lab.hosts) await bringFiles(host, files, lab.hosts.indexOf(host) < count);
  const join = freshJoin(want.port ?? 6443);
  const clock = timer(world);
  const prepare = await clock('hosts prepared', () =>
    Promise.all(lab.hosts.map(host => prepareHost(world, lab, host, files))),
  );
  const init = await clock(`init on ${first.name}`, () => initialized(world, lab, first, join, files));
  if (files.addons) await clock('CoreDNS applied', () => onHost(world, lab, first, coredns));
  const joined = (host: LabHost, leads: boolean) =>
    kubeadm(world, lab, host, 'join', joinConfiguration(first, host, leads, join, files), '--skip-phases=preflight');
  const joins: number[] = [];
  // One at a time: etcd refuses a member while the last one has not started.
  for (const host of others) joins.push(await clock(`${host.name} joined`, () => joined(host, true)));
  const workersTook = await clock('workers joined', () => Promise.all(workers.map(host => joined(host, false))));
  const ready = await clock('all nodes Ready', () => allReady(world, lab, first));
  return { prepare, init, joins, workers: workersTook, ready, total: clock.total() };
};

const initialized = (world: LabWorld, lab: LabState, first: LabHost, join: Join, files: KubeadmFiles) =>
  kubeadm(
    world,
    lab,
    first,
    'init',
    initConfiguration(first, join, files),
    `--upload-certs --skip-token-print --skip-phases=preflight,addon${files.addons ? '/coredns' : ''}`,
  );

const freshJoin = (port: number): Join => ({
  port,
  token: `${randomBytes(3).toString('hex')}.${randomBytes(8).toString('hex')}`,
  certificateKey: randomBytes(32).toString('hex'),
});

const kubeadm = (
  world: LabWorld,
  lab: LabState,
  host: LabHost,
  verb: 'init' | 'join',
  configuration: string,
  flags: string,
): Promise<string> =>
  onHost(
    world,
    lab,
    host,
    `
umask 077
cat > /root/kubeadm.yaml <<'KW_END'
${configuration}KW_END
kubeadm ${verb} --config /root/kubeadm.yaml ${flags}
`,
  );

/** A site without a resolver of its own: CoreDNS ends at once where it is to forward to nobody. */
const coredns = `export KUBECONFIG=/etc/kubernetes/admin.conf
kubeadm init phase addon coredns --config /root/kubeadm.yaml --print-manifest | sed '/ forward /,/ }/d' |
  kubectl apply -f - >/dev/null`;

const timeoutSeconds = 180;

const allReady = async (world: LabWorld, lab: LabState, first: LabHost): Promise<void> => {
  const end = Date.now() + timeoutSeconds * 1_000;
  for (;;) {
    const nodes = await onHost(
      world,
      lab,
      first,
      'kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes --no-headers',
    );
    if (
      nodes
        .trim()
        .split('\n')
        .filter(line => line.split(/\s+/)[1] === 'Ready').length === lab.hosts.length
    )
      return;
    if (Date.now() > end)
      throw new WorldFailed({
        class: 'timeout',
        message: `nodes are not Ready after ${timeoutSeconds} s: ${nodes.trim()}`,
      });
    await sleep(500);
  }
};

/** Tells each part's seconds as it ends, and the sum. */
const timer = (world: LabWorld) => {
  const started = performance.now();
  const seconds = (since: number): number => Math.round((performance.now() - since) / 100) / 10;
  const measure = async (says: string, work: () => Promise<unknown>): Promise<number> => {
    const since = performance.now();
    await work();
    world.progress(`${says}: ${seconds(since)} s`);
    return seconds(since);
  };
  return Object.assign(measure, { total: () => seconds(started) });
};

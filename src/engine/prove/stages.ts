/** What a run that stops early proves: each stage up to its last. */
import { kubectlAsServer } from '../../blueprint/components/ask-apiserver.js';
import { etcdctl } from '../../blueprint/components/etcd.js';
import { type ClusterSpec, type Host, withRole } from '../../model/cluster.js';
import type { EventBody } from '../../model/event.js';
import type { Stage } from '../../model/resource.js';
import { raw, sh } from '../../shell/sh.js';
import { inOrder } from './in-order.js';
import { nodesProof } from './traffic.js';
import { Disproved, type Proof, until, whileWanted, type World } from './world.js';

export type EarlyStage = Exclude<Stage, 'host' | 'addons'>;

/** True: they hold. One event per stage, and one at the end that says how far the proof went. */
export async function proveStages(
  spec: ClusterSpec,
  world: World,
  last: EarlyStage,
  emit: (body: EventBody) => void,
  signal?: AbortSignal,
): Promise<boolean> {
  const began = Date.now();
  const wanted = whileWanted(world, signal);
  const all: readonly (readonly [EarlyStage, Proof])[] = [
    ['etcd', etcdProof(spec, wanted)],
    ['control-plane', controlPlaneProof(spec, wanted)],
    ['nodes', nodesProof(spec, wanted)],
  ];
  const held = await inOrder(
    all.slice(0, all.findIndex(([stage]) => stage === last) + 1).map(([, proof]) => proof),
    emit,
    signal,
  );
  emit({ type: 'proof-ended', ok: held, until: last, seconds: (Date.now() - began) / 1000 });
  return held;
}

const etcdProof = (spec: ClusterSpec, world: World): Proof => ({
  name: 'etcd',
  says: 'every etcd member answers and knows all others',
  check: async () => {
    const members = withRole(spec, 'etcd');
    for (const host of members) {
      let output = '';
      await until(
        30,
        async () => {
          const answer = await world.run(
            host.name,
            sh`${raw(etcdctl({ host }))} endpoint health >/dev/null && ${raw(etcdctl({ host }))} member list`,
            15_000,
          );
          output = answer.stdout.trim() || answer.stderr.trim();
          return answer.code === 0 && started(answer.stdout) >= members.length ? true : undefined;
        },
        () => `${host.name}: ${started(output)} of ${members.length} members have started: ${output}`,
      );
    }
    return `${members.length} of ${members.length}`;
  },
});

/** `8e9e05c52164694d, started, kw-1, …`: etcdctl's simple form. */
const started = (list: string): number =>
  list.split('\n').filter(line => /^[0-9a-f]+, started,/.test(line.trim())).length;

const leases = ['kube-controller-manager', 'kube-scheduler'];

const controlPlaneProof = (spec: ClusterSpec, world: World): Proof => ({
  name: 'control-plane',
  says: 'every API server is ready, a controller manager and a scheduler lead',
  check: async () => {
    const planes = withRole(spec, 'controlPlane');
    for (const host of planes)
      await until(
        30,
        async () => ((await isReady(world, host)) ? true : undefined),
        () => `the API server of ${host.name} is not ready`,
      );
    const leaders = await Promise.all(
      leases.map(name =>
        until(
          30,
          () => holderOf(world, name),
          () => `nobody holds the lease ${name}`,
        ),
      ),
    );
    return `${planes.length} of ${planes.length}; ${leaders.join(', ')}`;
  },
});

async function isReady(world: World, host: Host): Promise<boolean> {
  const answer = await world.run(
    host.name,
    sh`${raw(kubectlAsServer(host.address))} --request-timeout=4s get --raw /readyz`,
    15_000,
  );
  return answer.code === 0;
}

async function holderOf(world: World, name: string): Promise<string | undefined> {
  const { status, body } = await world.request(
    'GET',
    `/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/${name}`,
  );
  const holder = (body as { spec?: { holderIdentity?: string } } | null)?.spec?.holderIdentity;
  if (status >= 500) throw new Disproved(`the API answers ${status}`);
  return holder ? `${name} on ${holder.split('_')[0]}` : undefined;
}

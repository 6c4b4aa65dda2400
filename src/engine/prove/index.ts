import type { ClusterSpec } from '../../model/cluster.js';
import { withRole } from '../../model/cluster.js';
import type { EventBody } from '../../model/event.js';
import { failoverProof } from './failover.js';
import { nodesProof, schedulable, trafficProofs } from './traffic.js';
import { deploymentOf, namespaceOf, serviceOf, type Workload } from './workload.js';
import { type Proof, until, type World } from './world.js';

export interface ProofOptions {
  readonly image: string;
  /** Makes the namespace's name unique: 5 lower-case letters or digits. */
  readonly suffix: string;
  /** Stops and starts the haproxy that holds the virtual address. */
  readonly failover: boolean;
}

/** Proves that the cluster carries traffic, one event per question; everything made for it is removed. True: all held. */
export async function prove(spec: ClusterSpec, world: World, options: ProofOptions, emit: (event: EventBody) => void): Promise<boolean> {
  const desk = withRole(spec, 'controlPlane')[0]?.name ?? '';
  const workload: Workload = { namespace: `kubewizard-proof-${options.suffix}`, image: options.image, replicas: Math.min(2, schedulable(spec)) };
  try {
    const traffic = async (): Promise<boolean> => {
      await place(world, workload);
      return inOrder(trafficProofs(spec, world, workload, desk), emit);
    };
    const failover = options.failover && spec.endpoint.balance === 'virtual-address' ? [failoverProof(spec, world)] : [];
    return await inOrder([nodesProof(spec, world)], emit) && await traffic() && await inOrder(failover, emit);
  } finally {
    await remove(world, workload);
  }
}

/** Later questions rest on earlier ones: the first that does not hold ends it. */
async function inOrder(proofs: readonly Proof[], emit: (event: EventBody) => void): Promise<boolean> {
  for (const proof of proofs) {
    const began = Date.now();
    const seconds = () => (Date.now() - began) / 1000;
    try {
      emit({ type: 'proof', name: proof.name, ok: true, says: `${proof.says}: ${await proof.check()}`, seconds: seconds() });
    } catch (error) {
      emit({ type: 'proof', name: proof.name, ok: false, says: `${proof.says}: ${error instanceof Error ? error.message : String(error)}`, seconds: seconds() });
      return false;
    }
  }
  return true;
}

async function place(world: World, workload: Workload): Promise<void> {
  const base = `/api/v1/namespaces/${workload.namespace}`;
  await create(world, '/api/v1/namespaces', namespaceOf(workload));
  // Pods are refused until the namespace has its default account.
  await until(30, async () => (await world.request('GET', `${base}/serviceaccounts/default`)).status === 200 ? true : undefined,
    () => 'the namespace got no default service account: is a controller manager leading?');
  await create(world, `/apis/apps/v1/namespaces/${workload.namespace}/deployments`, deploymentOf(workload));
  await create(world, `${base}/services`, serviceOf(workload));
}

async function create(world: World, path: string, body: unknown): Promise<void> {
  const answer = await world.request('POST', path, body);
  if (answer.status >= 300) throw new Error(`POST ${path}: ${(answer.body as { message?: string }).message ?? answer.status}`);
}

async function remove(world: World, { namespace }: Workload): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}`;
  const answer = await world.request('DELETE', path).catch(() => undefined);
  if (answer === undefined || answer.status === 404) return;
  await until(60, async () => (await world.request('GET', path)).status === 404 ? true : undefined, () => `namespace ${namespace} is still there`).catch(() => undefined);
}

import type { ClusterSpec } from '../../model/cluster.js';
import { withRole } from '../../model/cluster.js';
import type { EventBody } from '../../model/event.js';
import { failoverProof } from './failover.js';
import { inOrder } from './in-order.js';
import { clearEarlier, place, removalProof } from './place.js';
import { placement } from './placement.js';
import { nodesProof, trafficProofs } from './traffic.js';
import type { Workload } from './workload.js';
import { type Proof, whileWanted, type World } from './world.js';

export interface ProofOptions {
  readonly image: string;
  /** Makes the namespace's name unique: 5 lower-case letters or digits. */
  readonly suffix: string;
  /** Stops and starts the haproxy that holds the virtual address. */
  readonly failover: boolean;
  /** Aborted: the proof ends at its next question, and puts everything back. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Proves that the cluster carries traffic, one event per question, and one at the end by which a later run knows that
 * nothing was left out; everything made for it is removed. True: all held. Rejects when it was stopped.
 */
export async function prove(
  spec: ClusterSpec,
  world: World,
  options: ProofOptions,
  emit: (event: EventBody) => void,
): Promise<boolean> {
  const began = Date.now();
  const wanted = whileWanted(world, options.signal);
  const workload: Workload = {
    namespace: `kubewizard-proof-${options.suffix}`,
    image: options.image,
    ...placement(spec),
  };
  const probeHost = withRole(spec, 'controlPlane')[0]?.name ?? '';
  const failover =
    options.failover && spec.endpoint.balance === 'virtual-address' ? [failoverProof(spec, wanted, world)] : [];
  const proofs = [
    nodesProof(spec, wanted),
    placed(wanted, workload),
    ...trafficProofs(spec, wanted, workload, probeHost),
    ...failover,
  ];
  let held = false;
  try {
    held = await inOrder(proofs, emit, options.signal);
  } finally {
    held = (await inOrder([removalProof(world, workload)], emit)) && held;
  }
  emit({ type: 'proof-ended', ok: held, seconds: (Date.now() - began) / 1000 });
  return held;
}

const placed = (world: World, workload: Workload): Proof => ({
  name: 'workload',
  says: 'the API takes a namespace, a deployment and a service',
  check: async () => {
    const earlier = await clearEarlier(world);
    await place(world, workload);
    return earlier.length > 0
      ? `${workload.namespace}; what an earlier proof had left is removed: ${earlier.join(', ')}`
      : workload.namespace;
  },
});

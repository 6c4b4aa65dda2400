/** Puts the proof's workload into the cluster, and takes it out again. */
import { deploymentOf, namespaceOf, proofLabel, serviceOf, type Workload } from './workload.js';
import { Disproved, type Proof, until, type World } from './world.js';

const namespaces = '/api/v1/namespaces';

export async function place(world: World, workload: Workload): Promise<void> {
  const base = `${namespaces}/${workload.namespace}`;
  await create(world, namespaces, namespaceOf(workload));
  // Pods are refused until the namespace has its default account.
  await until(
    30,
    async () => ((await world.request('GET', `${base}/serviceaccounts/default`)).status === 200 ? true : undefined),
    () => 'the namespace got no default service account: is a controller manager leading?',
  );
  await create(world, `/apis/apps/v1/namespaces/${workload.namespace}/deployments`, deploymentOf(workload));
  await create(world, `${base}/services`, serviceOf(workload));
}

async function create(world: World, path: string, body: unknown): Promise<void> {
  const answer = await world.request('POST', path, body);
  if (answer.status >= 300)
    throw new Disproved(`POST ${path}: ${(answer.body as { message?: string }).message ?? answer.status}`);
}

/** What proofs that were killed left behind. Under the lock nobody else's is alive. */
export async function clearEarlier(world: World): Promise<readonly string[]> {
  const { body } = await world.request('GET', `${namespaces}?labelSelector=${encodeURIComponent(proofLabel)}`);
  const names = ((body as { items?: readonly { readonly metadata: { readonly name: string } }[] }).items ?? []).map(
    item => item.metadata.name,
  );
  for (const name of names) await world.request('DELETE', `${namespaces}/${name}`);
  return names;
}

/** That what was made goes away again is a proof of its own: a namespace that stays is an illness. */
export const removalProof = (world: World, { namespace }: Workload): Proof => ({
  name: 'removal',
  says: 'all that was made for the proof is removed',
  check: async () => {
    const path = `${namespaces}/${namespace}`;
    const { status } = await world.request('DELETE', path);
    if (status === 404) return 'nothing was made';
    return until(
      60,
      async () => ((await world.request('GET', path)).status === 404 ? `namespace ${namespace} is gone` : undefined),
      () => `namespace ${namespace} is still there: kubectl get namespace ${namespace} -o yaml says why`,
    );
  },
});

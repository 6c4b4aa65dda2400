import type { World } from './world.js';

interface Node {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

/** Nodes that are not Ready because their owner has yet to bring a network. */
export async function nodesThatWaitForCni(world: World): Promise<readonly string[]> {
  const { body } = await world.request('GET', '/api/v1/nodes');
  return ((body as { items?: readonly Node[] }).items ?? [])
    .filter(node =>
      node.status?.conditions?.some(
        one => one.type === 'Ready' && one.status !== 'True' && /cni|network plugin/i.test(one.message ?? ''),
      ),
    )
    .map(node => node.metadata.name);
}

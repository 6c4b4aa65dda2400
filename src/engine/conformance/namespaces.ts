/** What e2e.test makes in a cluster for its tests: namespaces that carry its label. */
import { list } from '../../kube/list.js';
import type { Api } from '../context.js';

const label = 'e2e-framework';
const namespaces = '/api/v1/namespaces';

interface Namespace {
  readonly metadata?: { readonly name?: unknown };
}

export const testNamespaces = async (api: Api): Promise<readonly string[]> =>
  (await list(api, `${namespaces}?labelSelector=${label}`))
    .map(one => (one as Namespace | null)?.metadata?.name)
    .filter(name => typeof name === 'string')
    .sort();

export interface Removed {
  readonly gone: readonly string[];
  /** Still there when the time was over. */
  readonly left: readonly string[];
}

export const removeTestNamespaces = async (api: Api, how: { readonly seconds: number }): Promise<Removed> => {
  const found = await testNamespaces(api);
  for (const name of found) await api.request('DELETE', `${namespaces}/${encodeURIComponent(name)}`);
  const end = Date.now() + how.seconds * 1000;
  let left = found;
  while (left.length > 0 && Date.now() < end) {
    await new Promise(resolve => setTimeout(resolve, 500));
    const there = new Set(await testNamespaces(api));
    left = left.filter(name => there.has(name));
  }
  return { gone: found.filter(name => !left.includes(name)), left };
};

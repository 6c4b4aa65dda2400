/** What no single host can say: the quorum, who holds the virtual address, whether names are found. */
import type { Resolved } from './ask-names.js';
import type { Health } from './component.js';

export interface WholeRow {
  readonly what: string;
  readonly health: Health;
  readonly says: string;
}

/** Every member's health; undefined: its host could not be asked. */
export function quorum(members: ReadonlyMap<string, Health | undefined>): WholeRow {
  const of = (health: Health) =>
    [...members].filter(([, each]) => (each ?? 'unknown') === health).map(([name]) => name);
  const [well, unobserved] = [of('ok'), of('unknown')];
  const needed = Math.floor(members.size / 2) + 1;
  const says =
    `${well.length} of ${members.size} members answer, ${needed} are ` +
    `needed${unobserved.length > 0 ? `; unseen: ${unobserved.join(', ')}` : ''}`;
  const health = well.length >= needed ? 'ok' : well.length + unobserved.length >= needed ? 'unknown' : 'ill';
  return { what: 'etcd quorum', health, says };
}

/** Which load balancers hold the address; undefined: that host could not be asked. */
export function holder(address: string, balancers: ReadonlyMap<string, boolean | undefined>): WholeRow {
  const holders = [...balancers].filter(([, holds]) => holds === true).map(([name]) => name);
  const unobserved = [...balancers].filter(([, holds]) => holds === undefined).map(([name]) => name);
  const what = `virtual address ${address}`;
  if (holders.length > 1)
    return {
      what,
      health: 'ill',
      says: `on ${holders.join(' and ')} at once: their keepaliveds do not hear each other`,
    };
  if (holders.length === 1) return { what, health: 'ok', says: `on ${holders[0]}` };
  return unobserved.length > 0
    ? { what, health: 'unknown', says: `on no host that was seen; unseen: ${unobserved.join(', ')}` }
    : { what, health: 'ill', says: 'on no host' };
}

/** What each ready pod behind the DNS service answered; undefined: the API did not say which there are. */
export function names(pods: readonly Resolved[] | undefined): WholeRow {
  const what = 'cluster DNS';
  if (pods === undefined) return { what, health: 'unknown', says: 'the API does not say' };
  if (pods.length === 0) return { what, health: 'ill', says: 'no pod is ready behind the service kube-dns' };
  const bad = pods.filter(({ seen, why }) => seen && why !== undefined);
  const dark = pods.filter(({ seen }) => !seen);
  if (bad.length > 0)
    return {
      what,
      health: 'ill',
      says: bad
        .map(({ node, from, why }) => `the pod on ${node} finds no name when ${from} asks it: ${why}`)
        .join('; '),
    };
  if (dark.length === pods.length)
    return { what, health: 'unknown', says: `${podsOn(pods)} not asked: no other host could be reached` };
  return { what, health: 'ok', says: `${podsOn(pods)} found a name over the pod network${together(pods)}` };
}

const podsOn = (pods: readonly Resolved[]): string =>
  `${pods.length} ${pods.length === 1 ? 'pod' : 'pods'} (on ${[...new Set(pods.map(({ node }) => node))].join(', ')})`;

const together = (pods: readonly Resolved[]): string =>
  pods.length > 1 && new Set(pods.map(({ node }) => node)).size === 1
    ? '; all on one host: names are lost while it is away'
    : '';

/** Whether the API server can use the server behind `kubectl top`; undefined: nobody answered. */
export function metrics(apiService: { readonly status: number; readonly body: unknown } | undefined): WholeRow {
  const what = 'metrics API';
  if (apiService === undefined) return { what, health: 'unknown', says: 'the API does not say' };
  if (apiService.status !== 200)
    return { what, health: 'unknown', says: `the API answers ${apiService.status} when it is asked for it` };
  const { conditions = [] } = ((apiService.body as { readonly status?: unknown }).status ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
  const available = conditions.find(({ type }) => type === 'Available');
  return available?.status === 'True'
    ? { what, health: 'ok', says: 'kubectl top and autoscalers are answered' }
    : { what, health: available ? 'ill' : 'unknown', says: available?.message ?? 'the API does not say' };
}

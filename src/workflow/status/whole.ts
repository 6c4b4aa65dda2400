/** What no single host can say: the quorum, who holds the virtual address, whether names are found. */
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
  const [well, dark] = [of('ok'), of('unknown')];
  const needed = Math.floor(members.size / 2) + 1;
  const says =
    `${well.length} of ${members.size} members answer, ${needed} are ` +
    `needed${dark.length > 0 ? `; unseen: ${dark.join(', ')}` : ''}`;
  const health = well.length >= needed ? 'ok' : well.length + dark.length >= needed ? 'unknown' : 'ill';
  return { what: 'etcd quorum', health, says };
}

/** Which load balancers hold the address; undefined: that host could not be asked. */
export function holder(address: string, balancers: ReadonlyMap<string, boolean | undefined>): WholeRow {
  const holders = [...balancers].filter(([, holds]) => holds === true).map(([name]) => name);
  const dark = [...balancers].filter(([, holds]) => holds === undefined).map(([name]) => name);
  const what = `virtual address ${address}`;
  if (holders.length > 1)
    return {
      what,
      health: 'ill',
      says: `on ${holders.join(' and ')} at once: their keepaliveds do not hear each other`,
    };
  if (holders.length === 1) return { what, health: 'ok', says: `on ${holders[0]}` };
  return dark.length > 0
    ? { what, health: 'unknown', says: `on no host that was seen; unseen: ${dark.join(', ')}` }
    : { what, health: 'ill', says: 'on no host' };
}

/** `ready`: addresses behind the DNS service; undefined: the API did not say. */
export function names(ready: number | undefined): WholeRow {
  if (ready === undefined) return { what: 'cluster DNS', health: 'unknown', says: 'the API does not say' };
  return ready > 0
    ? { what: 'cluster DNS', health: 'ok', says: `${ready} ${ready === 1 ? 'pod answers' : 'pods answer'}` }
    : { what: 'cluster DNS', health: 'ill', says: 'no pod is ready behind the service kube-dns' };
}

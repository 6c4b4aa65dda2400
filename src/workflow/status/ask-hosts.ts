import { factValue } from '../fact-value.js';
import { componentsOf } from '../../blueprint/components/health.js';
import { sharedBalancersOf, virtualAddressesOf } from '../../model/components.js';
import type { Session } from '../../engine/session.js';
import { type ComponentHealth, health } from '../../facts/health.js';
import { prints } from '../../facts/script.js';
import type { ClusterSpec } from '../../model/cluster.js';
import { withRole } from '../../model/cluster.js';
import { sh } from '../../shell/sh.js';
import { availability, type HealthNow } from './availability.js';
import { type Health, healthOf } from './component.js';
import { holder, quorum, type WholeRow } from './whole.js';

export interface ComponentRow extends ComponentHealth {
  readonly host: string;
  readonly health: Health;
}
export interface Unseen {
  readonly host: string;
  readonly why: string;
}
export interface HostsStatus {
  readonly components: readonly ComponentRow[];
  readonly unseen: readonly Unseen[];
  readonly whole: readonly WholeRow[];
}

/** One script per host; what its answer does not hold is a reason, never a crash. */
export async function askHosts(session: Pick<Session, 'spec' | 'ask'>): Promise<HostsStatus> {
  const { spec } = session;
  const facts = spec.hosts.map(host => ({ host: host.name, fact: health(componentsOf(spec, host)) }));
  const balancers = sharedBalancersOf(spec);
  const addresses = virtualAddressesOf(spec).map(address => ({
    address,
    fact: prints('virtual-address', sh`ip -o -4 addr show to ${`${address}/32`} || echo unknown`),
  }));
  const seen = await session.ask([
    ...facts.map(({ host, fact }) => ({ id: host, host, question: fact.question })),
    ...addresses.flatMap(({ address, fact: { question } }) =>
      balancers.map(({ name }) => ({ id: `${name} ${address}`, host: name, question })),
    ),
  ]);
  const components: ComponentRow[] = [];
  const unseen: Unseen[] = [];
  for (const { host, fact } of facts) {
    const answer = factValue(fact, seen.get(host));
    if ('why' in answer) unseen.push({ host, why: answer.why });
    else components.push(...answer.value.map(row => ({ ...row, host, health: healthOf(row) })));
  }
  const holders = addresses.map(({ address, fact }) =>
    holder(
      address,
      new Map(balancers.map(({ name }) => [name, holdsIt(factValue(fact, seen.get(`${name} ${address}`)))])),
    ),
  );
  return {
    components,
    unseen,
    whole: [quorum(members(spec, components)), ...holders, availability(spec, healthIn(components))],
  };
}

const holdsIt = (answer: { readonly value: readonly string[] } | { readonly why: string }): boolean | undefined =>
  'why' in answer || answer.value.includes('unknown') ? undefined : answer.value.length > 0;

const members = (spec: ClusterSpec, rows: readonly ComponentRow[]): ReadonlyMap<string, Health | undefined> =>
  new Map(withRole(spec, 'etcd').map(({ name }) => [name, healthIn(rows)(name, 'etcd.service')]));

const healthIn =
  (rows: readonly ComponentRow[]): HealthNow =>
  (host, unit) =>
    rows.find(row => row.host === host && row.unit === unit)?.health;

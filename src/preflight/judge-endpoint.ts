/** Whether somebody else has the virtual address already. */
import type { ClusterSpec } from '../model/cluster.js';
import { sharedBalancersOf } from '../model/components.js';
import type { PreflightFacts } from './questions.js';
import { error, type Finding, type Found, warning } from './finding.js';

/**
 * Judged over all load balancers at once: one of them may have the address rightly, in a cluster that lives. Where one
 * was not asked (it carries the cluster already, or could not be reached) the holder may be that one, so nothing is
 * said.
 */
export function takenAddress(
  spec: ClusterSpec,
  facts: ReadonlyMap<string, PreflightFacts>,
): ReadonlyMap<string, readonly Found[]> {
  const balancers = sharedBalancersOf(spec).map(host => host.name);
  const seen = balancers.flatMap(name => {
    const one = facts.get(name);
    return one ? [[name, one] as const] : [];
  });
  if (seen.length < balancers.length || seen.some(([, one]) => !one.leftovers || one.leftovers.ours)) return new Map();
  return new Map(
    seen.flatMap(([name, { holder }]) =>
      holder === undefined || holder.who === 'nobody' ? [] : [[name, [takenBy(spec.endpoint.address, holder)]]],
    ),
  );
}

/**
 * Of a cluster that lives, whose endpoint moves. Where one of its own load balancers has the address already, the
 * others hear that one; where one did not say, the holder may be that one.
 */
export function addressTaken(
  address: string,
  seen: readonly (readonly [host: string, holder: PreflightFacts['holder'] | undefined])[],
): readonly Finding[] {
  if (seen.some(([, one]) => one?.who === 'self')) return [];
  const [heard] = seen.filter(([, one]) => one?.who === 'other');
  const [silent] = seen.filter(([, one]) => one === undefined);
  if (heard?.[1] && silent === undefined) return [{ host: heard[0], ...takenBy(address, heard[1]) }];
  return silent === undefined
    ? []
    : [
        {
          host: silent[0],
          ...warning(
            'address-unknown',
            `whether somebody answers at ${address} already is not known: it was asked and did not say`,
            `ping ${address} from the hosts' network before you go on; nobody must answer`,
          ),
        },
      ];
}

const takenBy = (address: string, { who, mac }: NonNullable<PreflightFacts['holder']>): Found =>
  error(
    'address-taken',
    who === 'self'
      ? `it has the virtual address ${address} already`
      : `somebody else answers at the virtual address ${address}${mac === '' ? '' : ` (${mac})`}`,
    who === 'self'
      ? 'endpoint.address must be free: keepalived moves it between the hosts; take it off that interface'
      : 'choose a free address as endpoint.address, or stop who has it',
  );

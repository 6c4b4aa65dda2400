/** A virtual address that is about to be where somebody answers already: asked only where keepalived changes. */
import type { Session } from '../../engine/session.js';
import { factValue } from '../fact-value.js';
import { holder } from '../../facts/host/holder.js';
import { keepalivedConfig } from '../../blueprint/render/paths.js';
import { sharedBalancersOf, virtualAddressesOf } from '../../model/components.js';
import type { HostFacts } from '../../model/host-facts.js';
import type { Plan } from '../../model/plan.js';
import { addressTaken } from '../../preflight/judge-endpoint.js';
import type { Finding } from '../../preflight/finding.js';
import { isFresh } from './preflight.js';

/**
 * Of load balancers that are all new preflight asks for the endpoint; a plan that leaves keepalived alone asks nobody.
 */
export async function endpointFree(
  { spec, ask }: Pick<Session, 'spec' | 'ask'>,
  { steps }: Pick<Plan, 'steps'>,
  facts: ReadonlyMap<string, HostFacts>,
): Promise<readonly Finding[]> {
  const balancers = sharedBalancersOf(spec).map(host => host.name);
  const moves = steps.some(({ host, key }) => key === keepalivedConfig && balancers.includes(host));
  const isNew = balancers.every(host => isFresh(facts.get(host)));
  const addresses = virtualAddressesOf(spec).filter(address => !isNew || address !== spec.endpoint.address);
  if (!moves || addresses.length === 0) return [];
  const asked = addresses.flatMap(address =>
    balancers.map(host => ({ id: `${host} ${address}`, host, address, fact: holder(address) })),
  );
  const answers = await ask(asked.map(({ id, host, fact }) => ({ id, host, question: fact.question })));
  return addresses.flatMap(address =>
    addressTaken(
      address,
      asked
        .filter(one => one.address === address)
        .map(({ id, host, fact }) => {
          const answer = factValue(fact, answers.get(id));
          return [host, 'value' in answer ? answer.value : undefined] as const;
        }),
    ),
  );
}

/** A virtual address that is about to move to where somebody answers already: asked only where it moves. */
import type { Session } from '../../engine/session.js';
import { factValue } from '../fact-value.js';
import { holder } from '../../facts/host/holder.js';
import { keepalivedConfig } from '../../blueprint/render/paths.js';
import { sharedBalancersOf } from '../../model/components.js';
import type { HostFacts } from '../../model/host-facts.js';
import type { Plan } from '../../model/plan.js';
import { addressTaken } from '../../preflight/judge-endpoint.js';
import type { Finding } from '../../preflight/finding.js';
import { isFresh } from './preflight.js';

/** Of load balancers that are all new preflight asks it; a plan that leaves keepalived alone asks nobody. */
export async function endpointFree(
  { spec, ask }: Pick<Session, 'spec' | 'ask'>,
  { steps }: Pick<Plan, 'steps'>,
  facts: ReadonlyMap<string, HostFacts>,
): Promise<readonly Finding[]> {
  const balancers = sharedBalancersOf(spec).map(host => host.name);
  const moves = steps.some(
    ({ host, kind, key }) => kind === 'file' && key === keepalivedConfig && balancers.includes(host),
  );
  if (!moves || balancers.every(host => isFresh(facts.get(host)))) return [];
  const fact = holder(spec.endpoint.address);
  const answers = await ask(balancers.map(host => ({ id: host, host, question: fact.question })));
  return addressTaken(
    spec,
    balancers.map(host => {
      const answer = factValue(fact, answers.get(host));
      return [host, 'value' in answer ? answer.value : undefined] as const;
    }),
  );
}

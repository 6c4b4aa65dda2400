/** Shows therapies and their plan, and asks by their risk. */
import type { Healing } from '../../engine/heal/index.js';
import { keyOf, type Treatment } from '../../engine/heal/treatments.js';
import type { Plan } from '../../model/plan.js';
import { worst } from '../../model/resource.js';
import { type Asking, consent, type Given } from '../build/consent.js';

export interface Consenting extends Pick<Given, 'yes' | 'phrase'> {
  readonly dryRun?: boolean | undefined;
}

export const proposing =
  (asking: Asking, { dryRun, ...given }: Consenting): Healing['agree'] =>
  async (plan, treatments) => {
    for (const treatment of treatments) asking.emit(proposed(treatment));
    asking.emit({ type: 'plan', plan });
    if (dryRun) return false;
    const whole = risky(plan, treatments);
    // A cure that disturbs nobody changes a cluster all the same: a rule of a firewall, a binding, a webhook.
    const harmless = worst(whole.steps.map(step => step.risk)) === 'none';
    return consent(whole, { ...given, ...(harmless ? { question: 'Nothing restarts. Apply this?' } : {}) }, asking);
  };

const proposed = ({ case: id, finding, therapy }: Treatment) =>
  ({
    type: 'therapy-proposed',
    finding: keyOf(id, finding),
    case: `${id}/${finding.variant}`,
    host: finding.host,
    says: finding.says,
    title: therapy.title,
    risk: therapy.risk,
    backup: Boolean(therapy.backup),
  }) as const;

/** A therapy may know of a risk that its single steps do not show. */
const risky = (plan: Plan, treatments: readonly Treatment[]): Plan => {
  const risk = worst(treatments.map(one => one.therapy.risk));
  return {
    ...plan,
    steps: plan.steps.map((step, index) => (index === 0 ? { ...step, risk: worst([step.risk, risk]) } : step)),
  };
};

import type { Finding } from '../../../examine/verdict.js';
import { controllerNeeds, everybodys, needs, type Need } from '../../../read/needs.js';

export const allNeeds: readonly Need[] = [...everybodys, ...needs, ...controllerNeeds];

/** The need that a finding about a default role or binding came from. */
export const needOf = (finding: Finding): Need | undefined =>
  finding.variant !== 'binding' && finding.variant !== 'role'
    ? undefined
    : allNeeds.find(
        need => finding.subject === (finding.variant === 'binding' ? name(need, need.binding) : name(need, need.role)),
      );

export const name = (need: Need, object: string): string =>
  need.namespace === undefined ? object : `${need.namespace}/${object}`;

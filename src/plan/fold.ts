import type { Step } from '../model/plan.js';
import { type Change, clusterHost } from '../model/resource.js';

/** The same steps on the same hosts, told once. */
export interface Folded {
  readonly hosts: readonly string[];
  /** The first host's, standing for all. */
  readonly steps: readonly Step[];
}

/**
 * Steps that differ in nothing that is shown are one; then those on the same hosts stand together, in the order in
 * which they come. `contents`: whether the contents of new files are shown, so that they may not differ either.
 */
export function fold(steps: readonly Step[], contents: boolean): readonly Folded[] {
  const same = new Map<string, { readonly hosts: string[]; readonly step: Step }>();
  for (const step of steps) {
    const signature = signatureOf(step, contents);
    const known = same.get(signature);
    if (known) known.hosts.push(step.host);
    else same.set(signature, { hosts: [step.host], step });
  }
  const groups = new Map<string, { readonly hosts: readonly string[]; readonly steps: Step[] }>();
  for (const { hosts, step } of same.values()) {
    const key = hosts.join(' ');
    const group = groups.get(key);
    if (group) group.steps.push(step);
    else groups.set(key, { hosts, steps: [step] });
  }
  return [...groups.values()];
}

/** A host's own name in a value (a certificate's subject) does not set it apart. */
function signatureOf(step: Step, contents: boolean): string {
  const changes = step.changes.map(change => [
    change.verb,
    change.field,
    change.from,
    isNewText(change) && !contents ? '' : change.to,
  ]);
  const text = JSON.stringify([step.kind, step.key, step.risk, step.because, changes]);
  return step.host === clusterHost || step.host.length < 2 ? text : text.replaceAll(step.host, '{host}');
}

export const isNewText = ({ field, verb }: Change): boolean => field === 'content' && verb === 'create';

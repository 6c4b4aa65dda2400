import type { Step } from '../model/plan.js';
import { type Change, clusterHost } from '../model/resource.js';

/** The same steps on the same hosts, told once. */
export interface Folded {
  readonly hosts: readonly string[];
  /** The first host's, standing for all. */
  readonly steps: readonly Step[];
}

interface Same {
  readonly hosts: string[];
  readonly step: Step;
}

/**
 * Steps of which the same is shown are one; then those on the same hosts stand together, in the order in which they
 * come. `contents`: whether the contents of new files are shown, so that they may not differ either.
 * @param shown What is told of a step that stands for many hosts.
 */
export function fold(
  steps: readonly Step[],
  contents: boolean,
  shown: (step: Step) => readonly string[],
): readonly Folded[] {
  const equal = new Map<string, Same>();
  for (const step of steps) add(equal, signatureOf(step, contents), [step.host], step);
  // Files that differ elsewhere may still change in the same lines: only what is left of the first round is drawn.
  const same = new Map<string, Same>();
  for (const { hosts, step } of equal.values())
    add(same, JSON.stringify([step.host === clusterHost, step.kind, step.key, ...shown(step)]), hosts, step);
  const groups = new Map<string, { readonly hosts: readonly string[]; readonly steps: Step[] }>();
  for (const { hosts, step } of same.values()) {
    const key = hosts.join(' ');
    const group = groups.get(key);
    if (group) group.steps.push(step);
    else groups.set(key, { hosts, steps: [step] });
  }
  return [...groups.values()];
}

const add = (into: Map<string, Same>, signature: string, hosts: readonly string[], step: Step): void => {
  const known = into.get(signature);
  if (known) known.hosts.push(...hosts);
  else into.set(signature, { hosts: [...hosts], step });
};

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

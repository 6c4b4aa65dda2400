import type { Step } from '../model/plan.js';
import { type Change, clusterHost } from '../model/resource.js';

/** The same steps on the same hosts, told once. */
export interface Folded {
  readonly hosts: readonly string[];
  readonly steps: readonly FoldedStep[];
}

export interface FoldedStep {
  /** The first host's, standing for all. */
  readonly step: Step;
  /** It is the same on all of them to the letter, a name of a host in it included. */
  readonly verbatim: boolean;
}

interface Same {
  readonly hosts: readonly string[];
  readonly step: Step;
  readonly verbatim?: true;
}

/**
 * Steps of which the same is shown are one; then those on the same hosts stand together, in the order in which they
 * come. `contents`: whether the contents of new files are shown, so that they may not differ either.
 * @param shown What is told of a step that stands for many hosts; `verbatim`: with no name of theirs hidden.
 */
export function fold(
  steps: readonly Step[],
  contents: boolean,
  shown: (step: Step, verbatim: boolean) => readonly string[],
): readonly Folded[] {
  // A file that names all hosts is one text: to hide each host's own name in it would make as many of it.
  const alike = gathered(steps, step => [signatureOf(step, contents), { hosts: [step.host], step }]);
  const equal = gathered(alike, one =>
    one.hosts.length > 1
      ? [signatureOf(one.step, contents), { ...one, verbatim: true }]
      : [hidden(signatureOf(one.step, contents), one.step.host), one],
  );
  // Files that differ elsewhere may still change in the same lines: only what is left of the first rounds is drawn.
  const same = gathered(equal, one => {
    const { host, kind, key } = one.step;
    return [JSON.stringify([host === clusterHost, kind, key, ...shown(one.step, one.verbatim === true)]), one];
  });
  const groups = new Map<string, { readonly hosts: readonly string[]; readonly steps: FoldedStep[] }>();
  for (const { hosts: some, step, verbatim = false } of same) {
    const hosts = some.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    const key = hosts.join(' ');
    const group = groups.get(key);
    if (group) group.steps.push({ step, verbatim });
    else groups.set(key, { hosts, steps: [{ step, verbatim }] });
  }
  return [...groups.values()];
}

/** Those with the same signature as one, in the order in which they come. */
const gathered = <T>(all: readonly T[], signed: (one: T) => readonly [string, Same]): readonly Same[] => {
  const into = new Map<string, Same & { readonly hosts: string[] }>();
  for (const [signature, one] of all.map(signed)) {
    const known = into.get(signature);
    if (known) known.hosts.push(...one.hosts);
    else into.set(signature, { ...one, hosts: [...one.hosts] });
  }
  return [...into.values()];
};

function signatureOf(step: Step, contents: boolean): string {
  const changes = step.changes.map(change => [
    change.verb,
    change.field,
    change.from,
    isNewText(change) && !contents ? '' : change.to,
  ]);
  return JSON.stringify([step.kind, step.key, step.risk, step.because, changes]);
}

/** A host's own name in a value (a certificate's subject) does not set it apart. */
const hidden = (signature: string, host: string): string =>
  host === clusterHost || host.length < 2 ? signature : signature.replaceAll(host, '{host}');

export const isNewText = ({ field, verb }: Change): boolean => field === 'content' && verb === 'create';

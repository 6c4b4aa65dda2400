/** What the steps of a therapy touch on each host, and how each of it comes back. Pure. */
import type { Plan, Step } from '../../model/plan.js';
import { idOf, type Resource, type ResourceId } from '../../model/resource.js';
import type { Script } from '../../model/script.js';
import type { ResidueUndo, ResidueWant } from '../../resources/wants.js';

/** One host's part of a therapy. */
export interface Touched {
  readonly host: string;
  /** Files that may be written, made or removed. */
  readonly paths: readonly string[];
  readonly units: readonly string[];
  /** `net.ipv4.ip_forward` → its value before. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** What is no file: `keep` prints it, `back` reads that. */
  readonly states?: readonly State[];
  /** What does not come back; `look` says whether it was done at all. */
  readonly lasting?: readonly Lasting[];
}

export interface State {
  readonly keep: Script;
  readonly back: Script;
}
export interface Lasting {
  readonly id: ResourceId;
  readonly why: string;
  readonly look: Script;
}

export function touchedBy(plan: Plan, resources: readonly Resource[]): readonly Touched[] {
  const hosts = new Map<string, Step[]>();
  for (const step of plan.steps)
    if (step.question.ask === 'host') hosts.set(step.host, [...(hosts.get(step.host) ?? []), step]);
  const undos = new Map(
    resources.filter(one => one.kind === 'residue').map(one => [idOf(one), (one.want as ResidueWant).undo]),
  );
  return [...hosts].map(([host, steps]) => ({
    host,
    paths: [...new Set(steps.flatMap(pathsOf))],
    units: steps.filter(step => step.kind === 'service').map(step => step.key),
    sysctls: Object.fromEntries(
      steps.filter(step => step.kind === 'sysctl').map(step => [step.key, String(step.changes[0]?.from ?? '')]),
    ),
    states: steps.flatMap(step => {
      const undo = undos.get(step.id);
      return typeof undo === 'object' && 'keep' in undo ? [undo] : [];
    }),
    lasting: steps.flatMap(step => lastingOf(step, undos.get(step.id))),
  }));
}

const kindsOfPaths = new Set(['file', 'directory', 'artifact', 'certificate', 'kubeconfig']);
const kindsThatOnlyAsk = new Set(['ready', 'api']);

function pathsOf(step: Step): readonly string[] {
  const written = step.actions.flatMap(action => {
    if (action.do === 'put' || action.do === 'fetch') return [action.path];
    if (action.do !== 'issue') return [];
    return action.to.as === 'pem' ? [action.to.cert, action.to.key] : [action.to.path];
  });
  return kindsOfPaths.has(step.kind) ? [step.key, ...written] : written;
}

/** A kind that nothing here brings back is said to stay: silence would be a promise. */
function lastingOf({ id, kind, question }: Step, undo: ResidueUndo | undefined): readonly Lasting[] {
  if (
    question.ask !== 'host' ||
    kindsOfPaths.has(kind) ||
    kindsThatOnlyAsk.has(kind) ||
    kind === 'service' ||
    kind === 'sysctl'
  )
    return [];
  if (undo === 'needless' || (undo && 'keep' in undo)) return [];
  return [
    {
      id,
      look: question.script,
      why:
        undo?.cannot ??
        (kind === 'image'
          ? 'an image that was imported stays there, and does no harm'
          : 'nothing is known that undoes it'),
    },
  ];
}

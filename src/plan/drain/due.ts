/** Which nodes are drained, and the steps of it. */
import { minorOf, parseVersion } from '../../catalog/index.js';
import type { NodeDrain } from '../../facts/node-drain.js';
import type { ClusterSpec, Host } from '../../model/cluster.js';
import type { DrainForecast, DrainPolicy } from '../../model/drain.js';
import type { Step } from '../../model/plan.js';
import { changed, clusterHost, idOf, type Kind, type Resource } from '../../model/resource.js';
import { drained } from '../../resources/drained.js';
import { uncordoned } from '../../resources/uncordoned.js';
import type { DrainedWant, UncordonedWant } from '../../resources/wants.js';
import { disrupts, programOf, replacesVersion } from '../disruption.js';
import { readAnswer } from '../read-answer.js';

/** What stands around a node's turn. */
export interface NodeTurn {
  /** Absent: it is only given back. */
  readonly drain?: Step;
  readonly uncordon: Step;
  /** Pods of each budget that stand on it. */
  readonly guarded: ReadonlyMap<string, number>;
}

export interface Drains {
  readonly turns: ReadonlyMap<string, NodeTurn>;
  /** How many pods of each budget may go now; absent: nobody could see that, so nodes go one at a time. */
  readonly headroom?: ReadonlyMap<string, number>;
  readonly forecasts: readonly DrainForecast[];
}

export interface NodeSeen {
  readonly raw: string;
  readonly is: NodeDrain;
}

export interface DueFrom {
  readonly spec: Pick<ClusterSpec, 'kubernetes' | 'hosts'>;
  readonly steps: readonly Step[];
  readonly nodes: ReadonlyMap<string, NodeSeen>;
  /** The version of containerd that each host is to have; undefined: it comes with the host's own packages. */
  readonly containerd: (host: string) => string | undefined;
}

/**
 * A kubelet of another minor may start every container anew, and a runtime of another minor may not know the sandboxes
 * of the old one. Anything less than that lets the containers run.
 */
export function dueHosts(from: DueFrom): readonly string[] {
  const turns = new Map<string, Step[]>();
  for (const step of from.steps.filter(disrupts)) turns.set(step.host, [...(turns.get(step.host) ?? []), step]);
  const isUpgrade = from.steps.some(step => programOf(step) === 'kube-apiserver' && replacesVersion(step));
  return from.spec.hosts
    .filter(host => hasElsewhere(host, from.spec.hosts))
    .map(({ name }) => name)
    .filter(name => {
      const programs = new Set((turns.get(name) ?? []).map(programOf));
      const node = from.nodes.get(name)?.is ?? { is: 'unseen', status: 0 };
      if (node.is === 'absent') return false;
      // A drain needs the API: where it is away, a kubelet that is mended must not wait for it.
      if (node.is === 'unseen') return programs.has('kubelet') && isUpgrade;
      return (
        (programs.has('kubelet') && isOtherMinor(node.kubelet, from.spec.kubernetes)) ||
        (programs.has('containerd') && isOtherMinor(node.containerd, from.containerd(name)))
      );
    });
}

const isOtherMinor = (now: string | undefined, next: string | undefined): boolean =>
  now !== undefined &&
  next !== undefined &&
  (minorOf(now) !== minorOf(next) || parseVersion(now)?.major !== parseVersion(next)?.major);

/** Where a node's pods could go nowhere, a drain would only end them; its own kubelet does that later, and shorter. */
const hasElsewhere = (host: Host, hosts: readonly Host[]): boolean =>
  isNode(host) && hosts.some(other => other !== host && isNode(other) && (isDedicated(host) || !isDedicated(other)));

const isNode = ({ roles }: Host): boolean => roles.includes('controlPlane') || roles.includes('worker');
const isDedicated = ({ roles }: Host): boolean => roles.includes('controlPlane') && !roles.includes('worker');

/** Nodes that a run of ours left behind. */
export const leftCordoned = (nodes: ReadonlyMap<string, NodeSeen>): readonly string[] =>
  [...nodes].flatMap(([host, { is }]) => (is.is === 'node' && (is.mark.cordoned || is.mark.drained) ? [host] : []));

export interface TurnResources {
  readonly drained: Resource<'drained', DrainedWant>;
  readonly uncordoned: Resource<'uncordoned', UncordonedWant>;
}

export function turnResources(host: string, policy: DrainPolicy, kubernetes: string): TurnResources {
  const base = { host: clusterHost, key: host, stage: 'nodes', after: [] } as const;
  const eviction = minorOf(kubernetes) >= 22 ? ('policy/v1' as const) : ('policy/v1beta1' as const);
  return {
    drained: {
      ...base,
      kind: 'drained',
      want: { ...policy, eviction },
      because: 'its kubelet or runtime becomes another minor, which may start every container anew',
    },
    uncordoned: { ...base, kind: 'uncordoned', want: {}, because: 'Kubewizard had kept pods from it' },
  };
}

export function turnOf(
  { drained: emptied, uncordoned: given }: TurnResources,
  raw: string,
  isDue: boolean,
  guarded: NodeTurn['guarded'] = new Map(),
): NodeTurn {
  const uncordon = stepOf(given, uncordoned, raw, changed('cordon', 'of Kubewizard', 'none'));
  return {
    ...(isDue ? { drain: stepOf(emptied, drained, raw, changed('pods', 'here', 'elsewhere')) } : {}),
    uncordon,
    guarded,
  };
}

/** `comes`: what will differ by then, though nothing does now. */
function stepOf<W>(
  resource: Resource<string, W>,
  kind: Kind<string, W, unknown>,
  raw: string,
  comes: Step['changes'][number],
): Step {
  const reading = readAnswer(resource, { raw }, { [kind.kind]: kind as Kind<string, unknown, unknown> });
  if ('missing' in reading) throw new Error(`${idOf(resource)}: ${reading.missing}`);
  const changes = reading.changes.length > 0 ? reading.changes : [comes];
  const { host, key, stage, because } = resource;
  return {
    id: idOf(resource),
    host,
    kind: resource.kind,
    key,
    stage,
    because,
    changes,
    ...kind.plan(key, resource.want, changes),
    after: [],
    question: reading.question,
    seen: reading.digest,
  };
}

/** Whether the pods of a node find room on the others while it is drained. */
import { fullName, objectsSeen } from '../../clinic/read/api-objects.js';
import type { ApiObject } from '../../clinic/chart/chart.js';
import { at, listAt } from '../../clinic/read/yaml.js';
import { minorOf } from '../../catalog/index.js';
import { type PodSeen, quantity, type Room } from '../../facts/upgrade/pods.js';
import type { EvidenceReader } from '../../clinic/read/evidence-reader.js';
import { isEvicted } from '../../plan/drain/pods.js';
import { found, hit, type Rule, type UpgradeFinding } from './finding.js';
import { podText } from './workloads.js';

interface Place {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly ApiObject[];
  readonly free: Room;
}

/** Affinity between pods and volumes is not weighed: what does not fit by this surely does not fit. */
export const capacityRule: Rule = ({ chart, seen, from, to, drain }, reader) => {
  if (minorOf(from) === minorOf(to) || drain === 'off') return [];
  const nodes = objectsSeen(reader, chart, 'nodes') ?? [];
  const pods = reader.read(seen.pods) ?? [];
  const places = nodes.flatMap(node => placeOf(node, pods, reader));
  return places.flatMap(place =>
    homeless(
      place,
      places,
      pods.filter(pod => pod.node === place.name && isEvicted(pod)),
    ),
  );
};

const placeOf = (node: ApiObject, pods: readonly PodSeen[], reader: EvidenceReader): readonly Place[] => {
  const { name, labels = {} } = node.metadata;
  const can = at(node, 'status', 'allocatable');
  const used = pods.filter(pod => pod.node === name && pod.phase !== 'Succeeded' && pod.phase !== 'Failed');
  try {
    if (can === undefined) throw new RangeError('it is not said');
    const free = (key: 'cpu' | 'memory', factor: number): number =>
      quantity(at(can, key)) * factor - used.reduce((sum, pod) => sum + pod.requests[key], 0);
    return [
      {
        name,
        labels,
        taints: [
          ...listAt(node, 'spec', 'taints'),
          ...(at(node, 'spec', 'unschedulable') === true ? [{ key: 'cordoned', effect: 'NoSchedule' }] : []),
        ],
        free: { cpu: free('cpu', 1000), memory: free('memory', 1) },
      },
    ];
  } catch {
    reader.note(fullName(node), 'room of this node', 'it does not say what can be allocated', 'unreadable');
    return [];
  }
};

/** First fit, the largest first. */
const homeless = (left: Place, all: readonly Place[], pods: readonly PodSeen[]): readonly UpgradeFinding[] => {
  const rest = new Map(all.filter(one => one.name !== left.name).map(one => [one.name, { ...one.free }]));
  const without = [...pods]
    .sort((a, b) => b.requests.memory - a.requests.memory || b.requests.cpu - a.requests.cpu)
    .filter(pod => {
      const place = all.find(one => {
        const free = rest.get(one.name);
        return (
          free !== undefined && admits(one, pod) && free.cpu >= pod.requests.cpu && free.memory >= pod.requests.memory
        );
      });
      const free = place && rest.get(place.name);
      if (!free) return true;
      rest.set(place.name, { cpu: free.cpu - pod.requests.cpu, memory: free.memory - pod.requests.memory });
      return false;
    });
  return found(
    'does-not-fit',
    'warning',
    without.length === 0
      ? []
      : [hit('node', left.name), ...without.map(pod => hit('object', podText(pod), roomText(pod.requests)))],
    {
      why: `While ${left.name} is drained, ${without.length} of its pods find no room on another node.`,
      next: 'Add a node for the time, or scale something down; else they wait as Pending.',
    },
  );
};

const roomText = ({ cpu, memory }: Room): string => `asks for ${cpu} m CPU, ${Math.round(memory / 1024 ** 2)} MiB`;

const admits = ({ labels, taints }: Place, { nodeSelector, tolerations }: PodSeen): boolean =>
  Object.entries(nodeSelector).every(([key, value]) => labels[key] === value) &&
  taints
    .filter(taint => taint.effect === 'NoSchedule' || taint.effect === 'NoExecute')
    .every(taint =>
      tolerations.some(
        one =>
          (one.effect === undefined || one.effect === '' || one.effect === taint.effect) &&
          (one.key === undefined || one.key === taint.key) &&
          (one.operator === 'Exists' || (one.value ?? '') === (taint.value ?? '')),
      ),
    );

/** What the drain of each node meets: budgets, pods that nobody brings back, data that stays behind. */
import type { Budget } from '../../facts/upgrade/budgets.js';
import { selects } from '../../facts/upgrade/budgets.js';
import type { PodSeen } from '../../facts/upgrade/pods.js';
import { minorOf } from '../../catalog/index.js';
import { defaultDrain, type DrainPolicy } from '../../model/drain.js';
import { budgetText, never, ruleText } from '../../plan/drain/forecast.js';
import { isEvicted } from '../../plan/drain/pods.js';
import type { EvidenceReader } from '../../clinic/read/evidence-reader.js';
import type { ApiObject } from '../../clinic/chart/chart.js';
import { fullName, objectsSeen } from '../../clinic/read/api-objects.js';
import { listAt } from '../../clinic/read/yaml.js';
import { found, grouped, hit, type Hit, type Rule, type Upgrade, type UpgradeFinding } from './finding.js';
import { into, podText } from './workloads.js';

export const drainRule: Rule = (upgrade, reader) => {
  // A patch needs no drain: containers go on while the kubelet restarts.
  if (minorOf(upgrade.from) === minorOf(upgrade.to)) return [];
  const { drain = defaultDrain } = upgrade;
  if (drain === 'off') return restarts(upgrade);
  const pods = (reader.read(upgrade.seen.pods) ?? []).filter(isEvicted);
  const budgets = reader.read(upgrade.seen.budgets) ?? [];
  return [
    ...forbidden(pods, budgets),
    ...doubled(pods, budgets),
    ...lonely(pods, drain),
    ...localData(upgrade, reader, pods, drain),
    ...ending(pods),
    ...refusing(upgrade, reader),
    ...restarts(upgrade),
  ];
};

const guarded = (pods: readonly PodSeen[], { namespace, selector }: Budget): readonly PodSeen[] =>
  selector === undefined ? [] : pods.filter(pod => pod.namespace === namespace && selects(selector, pod.labels));

const notReady = (pods: readonly PodSeen[]): string =>
  pods.length > 0 ? `; not ready: ${pods.map(pod => pod.name).join(', ')}` : '';

const forbidden = (pods: readonly PodSeen[], budgets: readonly Budget[]): readonly UpgradeFinding[] =>
  budgets
    .filter(one => one.allowed === 0)
    .flatMap(one => {
      const held = guarded(pods, one);
      const unready = held.filter(pod => !pod.ready);
      const hits: readonly Hit[] = held.map(pod => hit('object', podText(pod), `on ${pod.node}`));
      return hits.length === 0
        ? []
        : found('eviction-forbidden', 'blocker', [hit('object', budgetText(one)), ...hits], {
            why: never(one)
              ? `${budgetText(one)} allows no eviction at all (${ruleText(one)}, ${one.expected} pods): a drain ` +
                'waits for ever.'
              : `${budgetText(one)} allows no eviction now: ${one.healthy} of ${one.expected} pods are healthy, ` +
                `${one.desired} must be${notReady(unready)}.`,
            next: never(one)
              ? 'Run one more replica, or let the budget allow one pod (maxUnavailable: 1).'
              : 'Find out why the pods are not healthy, or set unhealthyPodEvictionPolicy: AlwaysAllow.',
          });
    });

const doubled = (pods: readonly PodSeen[], budgets: readonly Budget[]): readonly UpgradeFinding[] => {
  const held = budgets.flatMap(one => guarded(pods, one).map(pod => ({ pod: podText(pod), budget: budgetText(one) })));
  const twice = [...grouped(held, one => one.pod)].filter(([, of]) => of.length > 1);
  return found(
    'two-budgets',
    'blocker',
    twice.map(([pod, of]) => hit('object', pod, of.map(one => one.budget).join(' and '))),
    {
      why: 'Two budgets select the same pod: the API answers every eviction of it with an error 500.',
      next: 'Narrow the selector of one of them.',
    },
  );
};

const lonely = (pods: readonly PodSeen[], { bare }: DrainPolicy): readonly UpgradeFinding[] =>
  found(
    'pod-without-controller',
    bare ? 'warning' : 'blocker',
    pods.filter(one => one.owner === undefined).map(one => hit('object', podText(one), `on ${one.node}`)),
    {
      why: 'A drain deletes these pods, and nobody makes them again.',
      next: bare
        ? 'Note how to start them again.'
        : 'Give them a Deployment or a Job; or note how to start them again, and allow it with --delete-bare-pods.',
    },
  );

const localData = (
  { seen }: Upgrade,
  reader: EvidenceReader,
  pods: readonly PodSeen[],
  { emptyDir }: DrainPolicy,
): readonly UpgradeFinding[] => {
  const local = new Set(
    (reader.read(seen.volumes) ?? [])
      .filter(one => one.type === 'local' || one.type === 'hostPath')
      .map(one => one.claim),
  );
  const bound = pods.filter(one =>
    one.volumes.some(each => each.startsWith('claim:') && local.has(`${one.namespace}/${each.slice('claim:'.length)}`)),
  );
  const withEmptyDir = pods.filter(one => one.deleting === undefined && one.volumes.includes('emptyDir'));
  const text = (one: PodSeen): Hit => hit('object', podText(one), `on ${one.node}`);
  return [
    ...found('local-data', 'warning', bound.map(text), {
      why: 'Their volumes lie on the node itself: while it is drained they wait, and start nowhere else.',
      next: 'Plan a pause for them, or move the data to storage that other nodes can mount.',
    }),
    ...found('empty-dir', emptyDir ? 'note' : 'blocker', withEmptyDir.map(text), {
      why: 'What they keep in an emptyDir is lost when they are evicted.',
      next: emptyDir ? 'Nothing, if it is a cache.' : 'If it is a cache, allow it with --delete-emptydir-data.',
    }),
  ];
};

const restarts = (upgrade: Upgrade): readonly UpgradeFinding[] =>
  !into(upgrade, 31)
    ? []
    : found('containers-restart', 'note', [hit('cluster', 'every node')], {
        into: '1.31',
        why: 'The kubelet of 1.31 restarts every container of a node that was not drained (kubernetes#129385).',
        next: 'Leave the drain on.',
      });

const ending = (pods: readonly PodSeen[]): readonly UpgradeFinding[] =>
  found(
    'pod-terminating',
    'warning',
    pods
      .filter(one => one.deleting !== undefined && one.finalizers.length > 0)
      .map(one => hit('object', podText(one), `since ${one.deleting}, for ${one.finalizers.join(', ')}`)),
    {
      why: 'They are being deleted and wait for whoever takes their finalizers away: a drain waits for them too.',
      next: 'Find out whether that controller runs; take the finalizer away by hand only if it is gone for good.',
    },
  );

/** Webhooks that are asked about evictions: one that says no, or does not answer, stops a drain. */
const refusing = ({ chart }: Upgrade, reader: EvidenceReader): readonly UpgradeFinding[] =>
  found(
    'eviction-webhook',
    'note',
    ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations']
      .flatMap(kind => objectsSeen(reader, chart, `${kind}.admissionregistration.k8s.io`) ?? [])
      .filter(asksOfEvictions)
      .map(one => hit('object', fullName(one))),
    {
      why: 'It is asked about every eviction, and can refuse it: a drain then waits until its time is up.',
      next: 'Look what it refuses, and that its backend runs on more than one node.',
    },
  );

const asksOfEvictions = (configuration: ApiObject): boolean =>
  listAt(configuration, 'webhooks').some(hook =>
    listAt(hook, 'rules').some(rule => listAt(rule, 'resources').some(one => one === 'pods/eviction')),
  );

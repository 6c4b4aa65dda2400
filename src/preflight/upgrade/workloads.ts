/** What pods, volumes and schedules say that the target no longer understands. */
import { minorOf } from '../../catalog/index.js';
import { inTreeProvisioners, removedBetween, removedVolumes } from '../../catalog/removals.js';
import { fullName, objectsSeen } from '../../clinic/read/api-objects.js';
import type { EvidenceReader } from '../../clinic/read/evidence-reader.js';
import { hostsOf } from '../../clinic/read/hosts.js';
import { staticPods } from '../../clinic/read/manifests.js';
import { at, listAt, type Tree } from '../../clinic/read/yaml.js';
import type { PodSeen } from '../../facts/upgrade/pods.js';
import { found, hit, type Rule, type Upgrade, type UpgradeFinding } from './finding.js';

/** Whether the way goes into this minor. */
export const into = ({ from, to }: Pick<Upgrade, 'from' | 'to'>, minor: number): boolean =>
  minorOf(from) < minor && minor <= minorOf(to);

export const podText = ({ namespace, name }: Pick<PodSeen, 'namespace' | 'name'>): string => `Pod ${namespace}/${name}`;

export const workloadRule: Rule = (upgrade, reader) => {
  const pods = reader.read(upgrade.seen.pods) ?? [];
  return [
    ...inTreeVolumes(upgrade, reader, pods),
    ...schedules(upgrade, reader),
    ...registry(upgrade, pods),
    ...masters(upgrade, pods),
    ...exec(upgrade, reader),
    ...staticPodsOf(upgrade, reader),
  ];
};

const inTreeVolumes = (upgrade: Upgrade, reader: EvidenceReader, pods: readonly PodSeen[]) => {
  const volumes = reader.read(upgrade.seen.volumes) ?? [];
  const classes = reader.read(upgrade.seen.storageClasses) ?? [];
  return removedBetween(removedVolumes, upgrade.from, upgrade.to).flatMap(({ name, gone, act }) =>
    found(
      'volume-removed',
      'blocker',
      [
        ...pods.filter(one => one.volumes.includes(name)).map(one => hit('object', podText(one))),
        ...volumes.filter(one => one.type === name).map(one => hit('object', `PersistentVolume ${one.name}`)),
        ...classes
          .filter(one => inTreeProvisioners[one.provisioner] === name)
          .map(one => hit('object', `StorageClass ${one.name}`)),
      ],
      { into: gone, why: `Kubernetes ${gone} cannot mount ${name} volumes by itself.`, next: act },
    ),
  );
};

const schedules = (upgrade: Upgrade, reader: EvidenceReader) =>
  !into(upgrade, 29)
    ? []
    : found(
        'schedule-with-zone',
        'warning',
        (reader.read(upgrade.seen.schedules) ?? [])
          .filter(one => /^(CRON_)?TZ=/.test(one.schedule))
          .map(one => hit('object', `CronJob ${one.namespace}/${one.name}`, one.schedule)),
        {
          into: '1.29',
          why: 'From 1.29 on a schedule with TZ= is refused when it is written.',
          next: 'Move the zone to spec.timeZone.',
        },
      );

const registry = (upgrade: Upgrade, pods: readonly PodSeen[]) =>
  !into(upgrade, 25)
    ? []
    : found(
        'old-registry',
        'warning',
        pods
          .filter(one => !(upgrade.spec && one.namespace === 'kube-system'))
          .filter(one => one.images.some(image => image.startsWith('k8s.gcr.io/')))
          .map(one => hit('object', podText(one), one.images.find(image => image.startsWith('k8s.gcr.io/')) ?? '')),
        {
          into: '1.25',
          why: 'k8s.gcr.io has been frozen since 2023-04-03: a node that has not the image may not get it.',
          next: 'Name registry.k8s.io, or your own mirror, before the nodes are drained.',
        },
      );

const master = 'node-role.kubernetes.io/master';
const controlPlane = 'node-role.kubernetes.io/control-plane';

const masters = (upgrade: Upgrade, pods: readonly PodSeen[]): readonly UpgradeFinding[] => {
  if (!into(upgrade, 24) && !into(upgrade, 25)) return [];
  const old = pods.filter(one => {
    const keys = one.tolerations.map(each => each.key);
    return master in one.nodeSelector || (keys.includes(master) && !keys.includes(controlPlane) && keys.every(Boolean));
  });
  return found(
    'master-label',
    'warning',
    old.map(one => hit('object', podText(one))),
    {
      into: '1.24',
      why: `Control planes lose the label ${master} in 1.24 and the taint of that name in 1.25.`,
      next: `Select by, and tolerate, ${controlPlane}.`,
    },
  );
};

/** exec, attach and port-forward over WebSocket want `create`, as they always have over SPDY. */
const streams = ['pods/exec', 'pods/attach', 'pods/portforward'];

const exec = (upgrade: Upgrade, reader: EvidenceReader): readonly UpgradeFinding[] => {
  if (!into(upgrade, 35)) return [];
  const roles = (['clusterroles', 'roles'] as const).flatMap(plural =>
    (objectsSeen(reader, upgrade.chart, `${plural}.rbac.authorization.k8s.io`) ?? []).map(one => ({
      one,
      kind: plural === 'roles' ? 'Role' : 'ClusterRole',
    })),
  );
  const may = (one: Tree, resources: readonly string[], verbs: readonly string[]): boolean =>
    listAt(one, 'rules').some(
      rule =>
        listAt(rule, 'resources').some(each => resources.includes(String(each))) &&
        listAt(rule, 'verbs').some(verb => verbs.includes(String(verb))),
    );
  // Who may read everything reads these too, and means none of them.
  const only = roles.filter(({ one }) =>
    streams.some(stream => may(one, [stream], ['get']) && !may(one, [stream, 'pods/*', '*'], ['create', '*'])),
  );
  return found(
    'exec-needs-create',
    'warning',
    only.map(({ one, kind }) => hit('object', `${kind} ${fullName(one)}`)),
    {
      into: '1.35',
      why: 'From 1.35 on exec, attach and port-forward need the verb create, also over WebSocket.',
      next: 'Add create to these rules, or be sure that nobody needs them.',
    },
  );
};

const staticPodsOf = (upgrade: Upgrade, reader: EvidenceReader): readonly UpgradeFinding[] =>
  !into(upgrade, 34)
    ? []
    : found(
        'static-pod-names-objects',
        'blocker',
        hostsOf(upgrade.chart).flatMap(host => {
          if (reader.read(host.files) === undefined) return [];
          return staticPods(host)
            .filter(({ pod }) => namesObjects(pod))
            .map(({ path }) => hit('file', path, host.name));
        }),
        {
          into: '1.34',
          why: 'From 1.34 on the kubelet refuses a static pod that names a ServiceAccount, ConfigMap, Secret or claim.',
          next: 'Put what it reads into files on the host (hostPath), or make it a DaemonSet.',
        },
      );

const namesObjects = (pod: Tree): boolean =>
  [at(pod, 'spec', 'serviceAccountName'), at(pod, 'spec', 'serviceAccount')].some(
    one => typeof one === 'string' && one !== '',
  ) ||
  listAt(pod, 'spec', 'volumes').some(one =>
    ['configMap', 'secret', 'persistentVolumeClaim', 'projected'].some(kind => at(one, kind) !== undefined),
  ) ||
  [...listAt(pod, 'spec', 'containers'), ...listAt(pod, 'spec', 'initContainers')].some(
    one =>
      listAt(one, 'envFrom').length > 0 ||
      listAt(one, 'env').some(each =>
        ['configMapKeyRef', 'secretKeyRef'].some(kind => at(each, 'valueFrom', kind) !== undefined),
      ),
  );

/** Webhooks and aggregated APIs that an upgrade hangs on. */
import { apisRemovedBetween } from '../../catalog/index.js';
import { objectsSeen } from '../../clinic/read/api-objects.js';
import type { EvidenceReader } from '../../clinic/read/evidence-reader.js';
import { at, listAt, type Tree } from '../../clinic/read/yaml.js';
import { found, hit, type Rule, type Upgrade, type UpgradeFinding } from './finding.js';

export const backendRule: Rule = (upgrade, reader) => {
  const ready = readyBehind(upgrade, reader);
  const hooks = webhooksOf(upgrade, reader);
  return [
    ...(ready === undefined ? [] : blocking(hooks, ready)),
    ...oldVersions(upgrade, hooks),
    ...(ready === undefined ? [] : converters(upgrade, reader, ready)),
    ...unavailable(upgrade, reader),
  ];
};

/** Ready addresses of a Service, `namespace/name`. undefined: the lists were not seen. */
const readyBehind = ({ chart }: Upgrade, reader: EvidenceReader): ((service: string) => number) | undefined => {
  const all = objectsSeen(reader, chart, 'endpoints');
  if (!all) return undefined;
  const counts = new Map(
    all.map(one => [
      `${one.metadata.namespace}/${one.metadata.name}`,
      listAt(one, 'subsets').reduce((sum, subset) => sum + listAt(subset, 'addresses').length, 0),
    ]),
  );
  return service => counts.get(service) ?? 0;
};

interface Hook {
  readonly text: string;
  readonly fails: boolean;
  /** `namespace/name` of its Service; absent: a URL. */
  readonly service?: string;
  readonly rules: readonly Tree[];
  readonly exact: boolean;
}

const webhooksOf = ({ chart }: Upgrade, reader: EvidenceReader): readonly Hook[] =>
  (['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'] as const).flatMap(kind =>
    (objectsSeen(reader, chart, `${kind.toLowerCase()}s.admissionregistration.k8s.io`) ?? []).flatMap(one =>
      listAt(one, 'webhooks').map((hook): Hook => {
        const service = at(hook, 'clientConfig', 'service');
        return {
          text: `${kind} ${one.metadata.name} (${at(hook, 'name')})`,
          fails: at(hook, 'failurePolicy') !== 'Ignore',
          ...(service && { service: `${at(service, 'namespace')}/${at(service, 'name')}` }),
          rules: listAt(hook, 'rules'),
          exact: at(hook, 'matchPolicy') === 'Exact',
        };
      }),
    ),
  );

const blocking = (hooks: readonly Hook[], ready: (service: string) => number): readonly UpgradeFinding[] => {
  const those = (count: (ready: number) => boolean) =>
    hooks.flatMap(({ text, fails, service }) =>
      fails && service !== undefined && count(ready(service)) ? [hit('object', text, `Service ${service}`)] : [],
    );
  return [
    ...found(
      'webhook-without-backend',
      'blocker',
      those(count => count === 0),
      {
        why: 'No pod is ready behind this webhook, and its failurePolicy is Fail: what it matches cannot be written.',
        next: 'Bring its pods back, or delete the configuration: kw doctor.',
      },
    ),
    ...found(
      'webhook-on-one-pod',
      'warning',
      those(count => count === 1),
      {
        why: 'One pod alone stands behind this webhook: while its node is drained, what it matches cannot be written.',
        next: 'Run two replicas on two nodes.',
      },
    ),
  ];
};

const oldVersions = ({ from, to }: Upgrade, hooks: readonly Hook[]): readonly UpgradeFinding[] => {
  const removed = apisRemovedBetween(from, to);
  const gone = (group: Tree, version: Tree, resource: Tree): boolean =>
    removed.some(one => one.group === group && one.version === version && one.plural === resource);
  const blind = hooks.filter(
    ({ exact, rules }) =>
      exact &&
      rules.some(rule =>
        listAt(rule, 'resources').some(resource =>
          listAt(rule, 'apiGroups').some(group => {
            const versions = listAt(rule, 'apiVersions');
            return versions.length > 0 && versions.every(version => gone(group, version, resource));
          }),
        ),
      ),
  );
  return found(
    'webhook-old-versions',
    'warning',
    blind.map(one => hit('object', one.text)),
    {
      why: 'Its rules name only versions that go, and matchPolicy is Exact: after the upgrade it is never called.',
      next: 'Add the new version to its rules, or set matchPolicy: Equivalent.',
    },
  );
};

const converters = (
  { seen }: Upgrade,
  reader: EvidenceReader,
  ready: (service: string) => number,
): readonly UpgradeFinding[] =>
  found(
    'converter-without-backend',
    'blocker',
    (reader.read(seen.customResources) ?? [])
      .filter(one => one.converter !== undefined && ready(one.converter) === 0)
      .map(one => hit('object', `CustomResourceDefinition ${one.name}`, `Service ${one.converter}`)),
    {
      why: 'No pod is ready behind its conversion webhook: its objects cannot be listed, nor namespaces deleted.',
      next: 'Bring its pods back first.',
    },
  );

const unavailable = ({ chart }: Upgrade, reader: EvidenceReader): readonly UpgradeFinding[] =>
  found(
    'apiservice-unavailable',
    'blocker',
    (objectsSeen(reader, chart, 'apiservices.apiregistration.k8s.io') ?? [])
      .filter(one =>
        listAt(one, 'status', 'conditions').some(
          each => at(each, 'type') === 'Available' && at(each, 'status') === 'False',
        ),
      )
      .map(one => hit('object', `APIService ${one.metadata.name}`)),
    {
      why: 'This API does not answer: discovery is incomplete, and the garbage collector and namespaces stand still.',
      next: 'Bring its pods back, or delete the APIService.',
    },
  );

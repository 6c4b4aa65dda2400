/** Bindings that grant nothing, and workloads that run as nobody. */
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { fullName, objectsSeen } from '../../../read/api-objects.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { at, listAt } from '../../../read/yaml.js';
import { type Facts, type Finding, plain } from './variants.js';

const group = 'rbac.authorization.k8s.io';

export const bindings = (chart: Chart, evidence: EvidenceReader): readonly Finding[] => {
  const [wide, roles] = [`clusterroles.${group}`, `roles.${group}`].map(list => objectsSeen(evidence, chart, list));
  return [`clusterrolebindings.${group}`, `rolebindings.${group}`].flatMap(list =>
    (objectsSeen(evidence, chart, list) ?? []).flatMap((one): readonly Finding[] => {
      // The server's own defaults are the case forbidden-for-component.
      if (one.metadata.labels?.['kubernetes.io/bootstrapping'] === 'rbac-defaults' || !wide || !roles) return [];
      const at = { host: 'cluster', subject: { binding: fullName(one) } };
      return [...pointsNowhere(list, one, wide, roles), ...namesOddly(list, one)].map(found => ({ ...found, ...at }));
    }),
  );
};

type Found<V extends keyof Facts> = { readonly variant: V; readonly facts: Facts[V] };

const pointsNowhere = (
  list: string,
  one: ApiObject,
  wide: readonly ApiObject[],
  roles: readonly ApiObject[],
): readonly Found<'role-absent'>[] => {
  const [kind, role] = [at(one, 'roleRef', 'kind'), at(one, 'roleRef', 'name')];
  // That cluster-admin is missing is an illness of its own.
  if (typeof role !== 'string' || typeof kind !== 'string' || role === 'cluster-admin') return [];
  const names = (kind === 'Role' ? roles.filter(each => each.metadata.namespace === one.metadata.namespace) : wide).map(
    each => each.metadata.name,
  );
  if (names.includes(role)) return [];
  const like = names.find(name => isLike(name, role));
  const subjects = listAt(one, 'subjects').map(each => `${at(each, 'kind')} ${at(each, 'name')}`);
  return [
    {
      variant: 'role-absent',
      facts: { ...factsOf(list, one), kind, role, subjects, ...(like !== undefined && { like }) },
    },
  ];
};

const namesOddly = (list: string, one: ApiObject): readonly Found<'subject'>[] => {
  if (typeof at(one, 'roleRef', 'name') !== 'string' || typeof at(one, 'roleRef', 'kind') !== 'string') return [];
  const odd = listAt(one, 'subjects')
    .filter(subject => at(subject, 'kind') !== 'ServiceAccount')
    .map(subject => String(at(subject, 'name')))
    .filter(name => plain(name) !== name);
  return odd.length === 0 ? [] : [{ variant: 'subject', facts: { ...factsOf(list, one), odd } }];
};

const factsOf = (list: string, { metadata: { namespace, name }, roleRef, subjects }: ApiObject) => ({
  ...(namespace !== undefined && { namespace }),
  binding: name,
  list,
  found: { roleRef, subjects },
});

/** One letter more, less or swapped: said, never taken. */
const isLike = (one: string, name: string): boolean =>
  one !== name && (one.toLowerCase() === name.toLowerCase() || [...one].sort().join('') === [...name].sort().join(''));

export const workloads = (chart: Chart, evidence: EvidenceReader): readonly Finding[] => {
  const accounts = objectsSeen(evidence, chart, 'serviceaccounts');
  return ['deployments.apps', 'daemonsets.apps'].flatMap(list =>
    (objectsSeen(evidence, chart, list) ?? []).flatMap((one): readonly Finding[] => {
      const name = String(at(one, 'spec', 'template', 'spec', 'serviceAccountName') ?? 'default');
      const namespace = one.metadata.namespace ?? 'default';
      if (
        name === 'default' ||
        !accounts ||
        accounts.some(each => each.metadata.name === name && each.metadata.namespace === namespace)
      )
        return [];
      return [
        {
          variant: 'service-account',
          host: 'cluster',
          subject: { account: `${namespace}/${name}` },
          facts: { namespace, name, workload: fullName(one), list },
        },
      ];
    }),
  );
};

/** Bindings that grant nothing, and workloads that run as nobody. */
import type { Chart } from '../../../chart/chart.js';
import { fullName, objectsSeen, shownObject } from '../../../read/api-objects.js';
import type { Eyes } from '../../../read/eyes.js';
import { at, listAt } from '../../../read/yaml.js';
import type { Finding } from '../../../examine/verdict.js';

const group = 'rbac.authorization.k8s.io';

export const bindings = (chart: Chart, eyes: Eyes): readonly Finding[] => {
  const [wide, roles] = [`clusterroles.${group}`, `roles.${group}`].map(list => objectsSeen(eyes, chart, list));
  return [`clusterrolebindings.${group}`, `rolebindings.${group}`].flatMap(list =>
    (objectsSeen(eyes, chart, list) ?? []).flatMap((one): readonly Finding[] => {
      // The server's own defaults are the case forbidden-for-component.
      if (one.metadata.labels?.['kubernetes.io/bootstrapping'] === 'rbac-defaults' || !wide || !roles) return [];
      const [kind, name] = [at(one, 'roleRef', 'kind'), at(one, 'roleRef', 'name')];
      if (typeof name !== 'string' || typeof kind !== 'string') return [];
      const there =
        kind === 'Role'
          ? roles.some(role => role.metadata.name === name && role.metadata.namespace === one.metadata.namespace)
          : wide.some(role => role.metadata.name === name);
      const named = listAt(one, 'subjects')
        .filter(subject => at(subject, 'kind') !== 'ServiceAccount')
        .map(subject => String(at(subject, 'name')));
      const odd = named.filter(each => isOdd(each));
      const shows = [
        shownObject(chart, list, fullName(one), JSON.stringify({ roleRef: one.roleRef, subjects: one.subjects })),
      ];
      return [
        // That cluster-admin is missing is an illness of its own.
        ...(there || name === 'cluster-admin'
          ? []
          : [
              {
                variant: 'role-absent',
                host: 'cluster',
                subject: fullName(one),
                says: `the binding ${fullName(one)} gives ${whom(one)} the ${kind} ${name}, which does not exist${like(kind === 'Role' ? roles.filter(role => role.metadata.namespace === one.metadata.namespace).map(role => role.metadata.name) : wide.map(role => role.metadata.name), String(name))}`,
                shows,
              },
            ]),
        ...(odd.length === 0
          ? []
          : [
              {
                variant: 'subject',
                host: 'cluster',
                subject: fullName(one),
                says: `the binding ${fullName(one)} names ${odd.map(each => `<${each}>`).join(', ')}: quotes and blanks are part of that name, and the server sees <${odd.map(plain).join(', ')}>`,
                shows,
              },
            ]),
      ];
    }),
  );
};

export const plain = (name: string): string => name.trim().replace(/^(["'])(.*)\1$/, '$2');
const isOdd = (name: string): boolean => plain(name) !== name;

const whom = (binding: object): string =>
  listAt(binding, 'subjects')
    .map(one => `${at(one, 'kind')} ${at(one, 'name')}`)
    .join(', ') || 'nobody';

/** One letter more, less or swapped: said, never taken. */
const like = (names: readonly string[], name: string): string => {
  const found = names.find(
    one =>
      one !== name &&
      (one.toLowerCase() === name.toLowerCase() || [...one].sort().join('') === [...name].sort().join('')),
  );
  return found === undefined ? '' : ` (there is ${found})`;
};

export const workloads = (chart: Chart, eyes: Eyes): readonly Finding[] => {
  const accounts = objectsSeen(eyes, chart, 'serviceaccounts');
  return ['deployments.apps', 'daemonsets.apps'].flatMap(list =>
    (objectsSeen(eyes, chart, list) ?? []).flatMap((one): readonly Finding[] => {
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
          subject: `${namespace}/${name}`,
          says: `${fullName(one)} (${list}) runs as the service account ${name}, which is not in the namespace ${namespace}: its pods are refused`,
          shows: [shownObject(chart, list, fullName(one), `serviceAccountName: ${name}`)],
        },
      ];
    }),
  );
};

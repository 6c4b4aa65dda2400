/** What stands still where a webhook refuses it: pods and the workloads above them, leases, nodes, tokens. */
import { listAt, type Tree } from '../../../read/yaml.js';

interface Vital {
  readonly group: string;
  readonly resources: readonly string[];
  readonly operations: readonly string[];
}

const vital: readonly Vital[] = [
  { group: '', resources: ['pods'], operations: ['CREATE'] },
  { group: 'apps', resources: ['replicasets', 'deployments', 'daemonsets', 'statefulsets'], operations: ['CREATE'] },
  { group: 'batch', resources: ['jobs'], operations: ['CREATE'] },
  // Nodes are NotReady, and nobody leads, once these are not renewed.
  { group: 'coordination.k8s.io', resources: ['leases'], operations: ['CREATE', 'UPDATE'] },
  { group: '', resources: ['nodes', 'nodes/status'], operations: ['CREATE', 'UPDATE'] },
  { group: '', resources: ['serviceaccounts/token'], operations: ['CREATE'] },
  { group: 'authentication.k8s.io', resources: ['tokenreviews'], operations: ['CREATE'] },
  { group: 'authorization.k8s.io', resources: ['subjectaccessreviews'], operations: ['CREATE'] },
];

/** The resources that must pass, in words; '': none without which a cluster can live. */
export const catchesOf = (hook: Tree): string => {
  const met = vital.flatMap(one =>
    one.resources.filter(resource => listAt(hook, 'rules').some(rule => takes(rule, one, resource))),
  );
  const everything = listAt(hook, 'rules').some(rule =>
    listAt(rule, 'resources').some(each => ['*', '*/*'].includes(String(each))),
  );
  return met.length > 0 && everything ? 'object' : [...new Set(met)].join(', ');
};

const takes = (rule: Tree, { group, operations }: Vital, resource: string): boolean => {
  const [groups, asked, told] = ['apiGroups', 'operations', 'resources'].map(key => listAt(rule, key).map(String)) as [
    string[],
    string[],
    string[],
  ];
  return (
    (groups.length === 0 || groups.some(one => one === '*' || one === group)) &&
    asked.some(one => one === '*' || operations.includes(one)) &&
    told.some(pattern => fits(pattern, resource))
  );
};

/** `*` is every resource and no subresource, `nodes/*` every subresource of nodes and nodes themselves not. */
const fits = (pattern: string, resource: string): boolean => {
  const [name = '', below] = resource.split('/');
  const [told = '', toldBelow] = pattern.split('/');
  return (
    (told === '*' || told === name) &&
    (below === undefined ? toldBelow === undefined : toldBelow === '*' || toldBelow === below)
  );
};

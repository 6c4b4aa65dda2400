/**
 * The least that would give one permission to one user, as a manifest to read and to apply. Nothing broader is ever
 * proposed.
 */
import type { Permission, Subject } from '../read/rbac.js';

const api = 'rbac.authorization.k8s.io';

/** These verbs act on a thing by its name; with a name known, nothing else is allowed. */
const named = ['get', 'update', 'patch', 'delete'];

export const smallestRole = (who: Subject, permission: Permission): string => {
  const wide = permission.namespace === undefined;
  const name = nameOf(who, permission);
  const where = wide ? '' : `, namespace: ${quoted(permission.namespace ?? '')}`;
  return `apiVersion: ${api}/v1
kind: ${wide ? 'ClusterRole' : 'Role'}
metadata: { name: ${name}${where} }
rules:
  - ${ruleOf(permission)}
---
apiVersion: ${api}/v1
kind: ${wide ? 'ClusterRoleBinding' : 'RoleBinding'}
metadata: { name: ${name}${where} }
roleRef: { apiGroup: ${api}, kind: ${wide ? 'ClusterRole' : 'Role'}, name: ${name} }
subjects:
  - ${subjectOf(who)}
`;
};

const ruleOf = (permission: Permission): string =>
  permission.path !== undefined
    ? `{ nonResourceURLs: [${quoted(permission.path)}], verbs: [${quoted(permission.verb)}] }`
    : `{ apiGroups: [${quoted(permission.group ?? '')}], resources: [${quoted(permission.resource ?? '')}], verbs: ` +
      `[${quoted(permission.verb)}]${onlyNamed(permission)} }`;

const onlyNamed = ({ name, verb }: Permission): string =>
  name !== undefined && named.includes(verb) ? `, resourceNames: [${quoted(name)}]` : '';

const subjectOf = ({ user }: Subject): string => {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):(.+)$/.exec(user) ?? [];
  return namespace !== undefined && name !== undefined
    ? `{ kind: ServiceAccount, namespace: ${quoted(namespace)}, name: ${quoted(name)} }`
    : `{ apiGroup: ${api}, kind: User, name: ${quoted(user)} }`;
};

/** JSON's strings are YAML's too: whatever stands in a name stays a name. */
const quoted = (text: string): string => JSON.stringify(text);

const nameOf = ({ user }: Subject, permission: Permission): string =>
  `${user.replace(/^system:(serviceaccount:)?/, '')}-${permission.verb}-${permission.path ?? permission.resource ?? ''}`
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, 200) || 'one-permission';

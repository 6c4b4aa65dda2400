/**
 * The least that would allow one deed to one user, as a manifest to read and to apply. Nothing broader is ever
 * proposed.
 */
import type { Deed, Who } from '../read/rbac.js';

const api = 'rbac.authorization.k8s.io';

/** These verbs act on a thing by its name; with a name known, nothing else is allowed. */
const named = ['get', 'update', 'patch', 'delete'];

export const smallestRole = (who: Who, deed: Deed): string => {
  const wide = deed.namespace === undefined;
  const name = nameOf(who, deed);
  const where = wide ? '' : `, namespace: ${quoted(deed.namespace ?? '')}`;
  return `apiVersion: ${api}/v1
kind: ${wide ? 'ClusterRole' : 'Role'}
metadata: { name: ${name}${where} }
rules:
  - ${ruleOf(deed)}
---
apiVersion: ${api}/v1
kind: ${wide ? 'ClusterRoleBinding' : 'RoleBinding'}
metadata: { name: ${name}${where} }
roleRef: { apiGroup: ${api}, kind: ${wide ? 'ClusterRole' : 'Role'}, name: ${name} }
subjects:
  - ${subjectOf(who)}
`;
};

const ruleOf = (deed: Deed): string =>
  deed.path !== undefined
    ? `{ nonResourceURLs: [${quoted(deed.path)}], verbs: [${quoted(deed.verb)}] }`
    : `{ apiGroups: [${quoted(deed.group ?? '')}], resources: [${quoted(deed.resource ?? '')}], verbs: ` +
      `[${quoted(deed.verb)}]${deed.name !== undefined && named.includes(deed.verb) ? `, resourceNames: [${quoted(deed.name)}]` : ''} ` +
      '}';

const subjectOf = ({ user }: Who): string => {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):(.+)$/.exec(user) ?? [];
  return namespace !== undefined && name !== undefined
    ? `{ kind: ServiceAccount, namespace: ${quoted(namespace)}, name: ${quoted(name)} }`
    : `{ apiGroup: ${api}, kind: User, name: ${quoted(user)} }`;
};

/** JSON's strings are YAML's too: whatever stands in a name stays a name. */
const quoted = (text: string): string => JSON.stringify(text);

const nameOf = ({ user }: Who, deed: Deed): string =>
  `${user.replace(/^system:(serviceaccount:)?/, '')}-${deed.verb}-${deed.path ?? deed.resource ?? ''}`
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, 200) || 'one-deed';

/** What RBAC objects allow, evaluated from the chart alone: who may do what, and by which binding. */
import type { ApiObject, Chart } from '../chart/chart.js';
import { listAt } from './yaml.js';

export interface Subject {
  readonly user: string;
  readonly groups: readonly string[];
}

export interface Permission {
  readonly verb: string;
  readonly group?: string;
  /** With a subresource: `nodes/proxy`. */
  readonly resource?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly path?: string;
}

export type Decision =
  | { readonly may: true; readonly by: string }
  | { readonly may: false }
  /** A list of RBAC objects was not seen: its name. */
  | { readonly may?: undefined; readonly missing: readonly string[] };

export const rbacLists = ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'].map(
  plural => `${plural}.rbac.authorization.k8s.io`,
);

/** Cluster-wide bindings first, then those of the namespace. `system:masters` may do everything, without RBAC. */
export const can = (chart: Chart, who: Subject, permission: Permission): Decision => {
  if (who.groups.includes('system:masters')) return { may: true, by: 'system:masters' };
  const [roles, bindings, namespaced, local] = rbacLists.map(list => objectsOf(chart, list));
  const subjects = everybody(who);
  const wide = grants(bindings, roles, subjects, permission, undefined);
  if (wide) return { may: true, by: wide };
  const near =
    permission.namespace === undefined
      ? undefined
      : grants(
          local?.filter(one => one.metadata.namespace === permission.namespace),
          [...(roles ?? []), ...(namespaced ?? [])],
          subjects,
          permission,
          permission.namespace,
        );
  if (near) return { may: true, by: near };
  const needed = permission.namespace === undefined ? rbacLists.slice(0, 2) : rbacLists;
  const missing = needed.filter(list => objectsOf(chart, list) === undefined);
  return missing.length > 0 ? { missing } : { may: false };
};

/** The groups that the server adds by itself. */
export const everybody = ({ user, groups }: Subject): Subject => ({
  user,
  groups: [
    ...groups,
    user === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated',
    ...serviceAccountGroups(user),
  ],
});

const serviceAccountGroups = (user: string): readonly string[] => {
  const namespace = /^system:serviceaccount:([^:]+):/.exec(user)?.[1];
  return namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
};

const objectsOf = (chart: Chart, list: string): readonly ApiObject[] | undefined => {
  const found = chart.api.objects[list];
  return found && 'value' in found ? found.value : undefined;
};

const grants = (
  bindings: readonly ApiObject[] | undefined,
  roles: readonly ApiObject[] | undefined,
  who: Subject,
  permission: Permission,
  namespace: string | undefined,
): string | undefined => {
  for (const binding of bindings ?? []) {
    if (!listAt(binding, 'subjects').some(subject => namesSubject(subject, who, binding.metadata.namespace))) continue;
    const ref = binding.roleRef as { kind?: string; name?: string } | undefined;
    const role = roles?.find(
      one =>
        one.metadata.name === ref?.name &&
        (ref?.kind === 'Role' ? one.metadata.namespace === namespace : one.metadata.namespace === undefined),
    );
    if (role && listAt(role, 'rules').some(rule => allows(rule, permission)))
      return `${binding.metadata.name} → ${role.metadata.name}`;
  }
  return undefined;
};

interface SubjectRef {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

export const namesSubject = (subject: SubjectRef, who: Subject, bindingNamespace: string | undefined): boolean =>
  subject.kind === 'User'
    ? subject.name === who.user
    : subject.kind === 'Group'
      ? who.groups.includes(subject.name ?? '')
      : subject.kind === 'ServiceAccount' &&
        who.user === `system:serviceaccount:${subject.namespace ?? bindingNamespace}:${subject.name}`;

interface Rule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** One rule of a role, as the RBAC authorizer reads it (pkg/apis/rbac/v1/evaluation_helpers.go). */
export const allows = (rule: Rule, permission: Permission): boolean => {
  const has = (list: readonly string[] | undefined, word: string): boolean =>
    list?.some(one => one === '*' || one === word) === true;
  if (!has(rule.verbs, permission.verb)) return false;
  if (permission.path !== undefined)
    return (
      rule.nonResourceURLs?.some(
        url =>
          url === '*' ||
          url === permission.path ||
          (url.endsWith('*') && permission.path?.startsWith(url.slice(0, -1))),
      ) === true
    );
  const resource = permission.resource ?? '';
  const [, sub] = resource.split('/');
  const resourceFits =
    has(rule.resources, resource) || (sub !== undefined && rule.resources?.includes(`*/${sub}`) === true);
  return (
    has(rule.apiGroups, permission.group ?? '') &&
    resourceFits &&
    (!rule.resourceNames?.length || (permission.name !== undefined && rule.resourceNames.includes(permission.name)))
  );
};

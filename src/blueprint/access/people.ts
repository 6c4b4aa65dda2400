/** People as clients of the API: which names a certificate may carry, and the binding that lets them do something. */
import { isOwnName } from '../../model/administrators.js';
import { instant } from './bootstrap-token.js';

const api = 'rbac.authorization.k8s.io';
export const bindingsPath = `/apis/${api}/v1/clusterrolebindings`;
export const rolePath = (role: string): string => `/apis/${api}/v1/clusterroles/${encodeURIComponent(role)}`;
export const bindingPath = (name: string): string => `${bindingsPath}/${encodeURIComponent(name)}`;

/** Marks the bindings that `kw kubeconfig` has made: only those are ever removed by it. */
export const madeFor = 'kubewizard.io/made-for';
export const ourBindings = `${bindingsPath}?labelSelector=${encodeURIComponent(madeFor)}`;

export interface PersonSubject {
  readonly kind: 'User' | 'Group';
  readonly name: string;
}

/** As the API keeps it; `metadata` as far as it is read. */
export interface Binding {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
}

/** What a name may not be, in words; undefined: it may be in a certificate. */
export const nameProblem = (name: string): string | undefined => {
  // Kubernetes gives its own components and masters these names: a person with one would be a component.
  if (/^system:/i.test(name)) return `'${name}' is a name of Kubernetes itself: kw signs none that begins with system:`;
  if (isOwnName(name)) return `'${name}' is a name of Kubewizard itself: its binding would make a person administrator`;
  // 64: the upper bound of a common name (RFC 5280, appendix A.1).
  return /^[A-Za-z0-9]([A-Za-z0-9._@:-]{0,62}[A-Za-z0-9])?$/.test(name)
    ? undefined
    : `'${name}' is not a valid name for a certificate: letters, digits and . _ @ : - inside, at most 64`;
};

/** Names of roles: path segments (`system:` ones are roles like others, and may be bound). */
export const isRoleName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/.test(name);

/** One binding for each subject and role, of a name by which it is found again. */
export const bindingFor = ({ kind, name }: PersonSubject, role: string) => ({
  apiVersion: `${api}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: {
    name: `kubewizard:${kind.toLowerCase()}:${name}:${role}`,
    labels: { [madeFor]: kind.toLowerCase() },
  },
  roleRef: { apiGroup: api, kind: 'ClusterRole', name: role },
  subjects: [{ kind, name, apiGroup: api }],
});

export const isFor = (binding: Pick<Binding, 'subjects'>, { kind, name }: PersonSubject): boolean =>
  (binding.subjects ?? []).some(one => one.kind === kind && one.name === name);

/** An Event in `kube-system`: whoever watches the cluster sees who broke the glass. */
export const glassEvent = (user: string, owner: string, now: Date, until: Date) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { generateName: 'kubewizard-break-glass-', namespace: 'kube-system' },
  involvedObject: { apiVersion: 'v1', kind: 'Namespace', name: 'kube-system', namespace: 'kube-system' },
  type: 'Warning',
  reason: 'BreakGlass',
  message: `${owner} made a system:masters certificate for ${user}, valid until ${instant(until)}`,
  source: { component: 'kubewizard' },
  firstTimestamp: instant(now),
  lastTimestamp: instant(now),
  count: 1,
});
export const eventsPath = '/api/v1/namespaces/kube-system/events';

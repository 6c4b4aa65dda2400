/**
 * "Forbidden", answered: who it was to the server, what was refused, what is bound, what is missing, and the least that
 * would do.
 */
import type { ApiObject, Chart } from '../chart/chart.js';
import { quote } from '../../shell/sh.js';
import { can, type Permission, everybody, namesSubject, rbacLists, type Subject } from '../read/rbac.js';
import { canI, permissionText, whoText } from '../read/who.js';
import { at, listAt } from '../read/yaml.js';
import { identityOf } from './identity.js';
import { refusalIn } from './refusal-words.js';
import { smallestRole } from './smallest-role.js';

export interface Refused {
  readonly who: Subject;
  readonly permission: Permission;
  /** The sentence of the text. */
  readonly message: string;
  /** Without a cluster at hand: untested. `refused`: RBAC as it stands refuses it. */
  readonly result: 'refused' | 'allowed' | 'unknown' | 'untested';
  readonly says: string;
  /** How the server knows this name. */
  readonly identity: readonly string[];
  /** Every binding that reaches the user: what it gives, and where. Absent: not seen. */
  readonly bound?: readonly string[];
  /** The smallest role and its binding, as a manifest; absent where defaults are to be restored instead. */
  readonly role?: string;
  readonly cautions: readonly string[];
  /** Commands that ask the server the same. */
  readonly commands: readonly string[];
}

export const refusedIn = (text: string, chart?: Chart): Refused | undefined => {
  const words = refusalIn(text);
  if (!words) return undefined;
  const { who, groupsKnown, says: identity } = identityOf(words.user, chart);
  const { permission, message } = words;
  const seen = chart
    ? tested(chart, who, permission, groupsKnown)
    : {
        result: 'untested' as const,
        says:
          `the server saw ${whoText({ ...who, groups: [] }).replace(/ of no group$/, '')} and found no binding ` +
          `that lets it ${permissionText(permission)}`,
      };
  const component = componentOf(who);
  return {
    who,
    permission,
    message: message,
    identity,
    ...seen,
    ...(chart && boundTo(chart, who)),
    ...(!component && seen.result !== 'allowed' && { role: smallestRole(who, permission) }),
    cautions: [
      ...(component
        ? [
            `${who.user} is a component: its defaults are restored (kw cases forbidden-for-component), it is ` +
              'given nothing by hand',
          ]
        : []),
      ...risky(permission),
    ],
    commands: [
      ['kubectl', ...canI(who, permission)].map(quote).join(' '),
      'kubectl auth can-i --list ' +
        `--as=${quote(who.user)}${permission.namespace === undefined ? '' : ` -n ${quote(permission.namespace)}`}`,
      'kubectl auth whoami   (1.28 and later: whom the server sees in the credential that is used now)',
    ],
  };
};

const tested = (
  chart: Chart,
  who: Subject,
  permission: Permission,
  groupsKnown: boolean,
): Pick<Refused, 'result' | 'says'> => {
  const may = can(chart, who, permission);
  if (may.may)
    return {
      result: 'allowed',
      says:
        `RBAC as it was seen allows it, by ${may.by}: the refusal is older than that, came from another cluster, ` +
        'or was for a credential of other groups',
    };
  if (may.may === undefined)
    return { result: 'unknown', says: `it cannot be tested: ${may.missing.join(', ')} were not seen` };
  const isEverywhere = permission.namespace === undefined && permission.path === undefined;
  const where = isEverywhere ? ' in the whole cluster' : '';
  const says = `no binding lets ${whoText(who)} ${permissionText(permission)}${where}`;
  return groupsKnown
    ? { result: 'refused', says }
    : {
        result: 'refused',
        says: `${says}; the groups of this credential are known to the server alone, and none is counted here`,
      };
};

const boundTo = (chart: Chart, who: Subject): { readonly bound?: readonly string[] } => {
  const lists = [rbacLists[1], rbacLists[3]].map(list => chart.api.objects[list ?? '']);
  if (lists.some(one => !one || 'missing' in one)) return {};
  const seen = everybody(who);
  const all = lists.flatMap(one => (one && 'value' in one ? one.value : []));
  return {
    bound: all
      .filter(
        one =>
          !everybodys(one) &&
          listAt(one, 'subjects').some(subject => namesSubject(subject, seen, one.metadata.namespace)),
      )
      .map(one => bindingText(one, chart)),
  };
};

/** What the server binds to everybody who is known says nothing about this user. */
const everybodys = (binding: ApiObject): boolean =>
  binding.metadata.labels?.['kubernetes.io/bootstrapping'] === 'rbac-defaults' &&
  /^system:(basic-user|discovery|public-info-viewer|service-account-issuer-discovery)$/.test(binding.metadata.name);

const bindingText = (binding: ApiObject, chart: Chart): string => {
  const [kind, name] = [String(at(binding, 'roleRef', 'kind')), String(at(binding, 'roleRef', 'name'))];
  const list = chart.api.objects[`${kind.toLowerCase()}s.rbac.authorization.k8s.io`];
  const role =
    list && 'value' in list
      ? list.value.find(
          one =>
            one.metadata.name === name &&
            (kind === 'ClusterRole' || one.metadata.namespace === binding.metadata.namespace),
        )
      : undefined;
  const where =
    binding.metadata.namespace === undefined
      ? 'in the whole cluster'
      : `in the namespace ${binding.metadata.namespace}`;
  return (
    `${binding.metadata.name} gives ${kind} ${name} ${where}: ` +
    `${role ? rulesText(role) : 'that role does not exist, so it gives nothing'}`
  );
};

const rulesText = (role: ApiObject): string => {
  const rules = listAt(role, 'rules').map(
    rule =>
      `${listAt(rule, 'verbs').join(',')} ` +
      `${[...listAt(rule, 'resources'), ...listAt(rule, 'nonResourceURLs')].join(',')}`,
  );
  return rules.length === 0
    ? 'no rule'
    : `${rules.slice(0, 4).join('; ')}${rules.length > 4 ? ` and ${rules.length - 4} more rules` : ''}`;
};

const componentOf = ({ user }: Subject): boolean =>
  /^system:(kube-(scheduler|controller-manager|proxy)|node:.+|serviceaccount:kube-system:.+)$/.test(user) ||
  user === 'kube-apiserver-kubelet-client' ||
  user === 'system:anonymous';

/** Permissions by which one becomes more than one was. */
const risky = ({ verb, resource = '' }: Permission): readonly string[] =>
  ['escalate', 'bind', 'impersonate'].includes(verb)
    ? [`who may ${verb} can make itself anybody: say no unless that is meant`]
    : /^secrets$/.test(resource) && ['get', 'list', 'watch'].includes(verb)
      ? ['who reads secrets is whoever their tokens belong to: name the secrets (resourceNames) where it can be']
      : ['nodes/proxy', 'pods/exec', 'pods/attach'].includes(resource)
        ? [`${resource} runs commands in containers`]
        : [];

import type { Certificate } from '../../../../pki/certificate.js';
import type { CaseDefinition, FoundOf } from '../../../case.js';
import { controllerNeeds, everybodys, type Need, needs } from '../../../read/needs.js';
import type { Permission, Subject } from '../../../read/rbac.js';
import { permissionText, whoText } from '../../../read/who.js';
import { quoted, quotedObject } from '../../../read/quote.js';
import { certificateText } from '../../../read/shown.js';

const group = 'rbac.authorization.k8s.io';
export const lists = {
  wide: [`clusterrolebindings.${group}`, `clusterroles.${group}`],
  near: [`rolebindings.${group}`, `roles.${group}`],
} as const;

/** The default binding as it is: not there, for others, or to another role. */
type Bound =
  | { readonly is: 'absent' }
  | { readonly is: 'for-others'; readonly subjects: readonly string[] }
  | { readonly is: 'to-other-role'; readonly role: string };

/** What `user` needs by the default `binding` to `role`, and is denied. */
type Lost = {
  readonly program: string;
  readonly user: string;
  readonly binding: string;
  readonly role: string;
  readonly denied: readonly Permission[];
};

export type Facts = {
  /** `list`: where it should be; `found`: as the API has it. */
  binding: Lost & { readonly bound: Bound; readonly list: string; readonly found?: unknown };
  /** `rules`: how many it has. */
  role: Lost & { readonly isThere: boolean; readonly list: string; readonly rules: number };
  /** `path`: the kubeconfig of `program`, which shows `who` where the defaults mean `meant`. */
  identity: {
    readonly path: string;
    readonly program: string;
    readonly who: Subject;
    readonly denied: readonly Permission[];
    /** Bindings were not seen: judged by the defaults. */
    readonly byDefault: boolean;
    readonly meant?: string;
    readonly leaf: Certificate;
  };
  authorizer: { readonly modes: readonly string[]; readonly lacks: readonly string[] };
  'service-account': {
    readonly namespace: string;
    readonly name: string;
    readonly workload: string;
    readonly denied: readonly Permission[];
  };
};
export type Finding = FoundOf<Facts>;

const permissions = (denied: readonly Permission[]): string => denied.map(permissionText).join('; ');

const lost = ({ program, user, denied }: Lost): string =>
  `${program === 'every user' ? 'every user' : `${program} (${user})`} may not ${permissions(denied)}`;

export const allNeeds: readonly Need[] = [...everybodys, ...needs, ...controllerNeeds];

/** What is given back is ours to say: facts only tell which. */
export const needOf = ({ binding }: Pick<Lost, 'binding'>): Need | undefined =>
  allNeeds.find(need => need.binding === binding);

const boundText = (bound: Bound, role: string): string => {
  switch (bound.is) {
    case 'absent':
      return 'is not there';
    case 'for-others':
      return `names ${bound.subjects.join(', ') || 'nobody'}`;
    case 'to-other-role':
      return `points to ${bound.role} instead of ${role}`;
  }
};

export const variants: CaseDefinition<Facts>['variants'] = {
  binding: {
    means: 'a default binding is missing, names other subjects, or points to another role',
    says: ({ facts }) => `${lost(facts)}: the default binding ${facts.binding} ${boundText(facts.bound, facts.role)}`,
    shows: ({ facts: { list, binding, found } }) => [
      quotedObject(list, binding, found === undefined ? 'not found' : JSON.stringify(found)),
    ],
  },
  role: {
    means: 'a default role is missing or lacks rules of this version',
    says: ({ facts }) =>
      `${lost(facts)}: the default role ${facts.role} ` +
      `${facts.isThere ? 'lacks these rules' : 'is not there'}, though ${facts.binding} binds it`,
    shows: ({ facts: { list, role, isThere, rules } }) => [
      quotedObject(list, role, isThere ? `${rules} rules, none of which allows it` : 'not found'),
    ],
  },
  identity: {
    means: "the component's certificate shows a name or groups to which nothing is bound",
    says: ({ host, facts }) =>
      facts.program === 'kubelet'
        ? `the kubelet on ${host} shows itself as ${whoText(facts.who)}, but the Node authorizer knows only ` +
          'users "system:node:…" of the group "system:nodes"'
        : `${facts.program} on ${host} shows itself as ${whoText(facts.who)}, to whom ` +
          `nothing${facts.byDefault ? ' by default' : ''} is bound that allows it to ${permissions(facts.denied)}; ` +
          `the defaults mean "${facts.meant}"`,
    shows: ({ facts }) => [quoted('kubeconfigs', facts.path, certificateText(facts.leaf))],
  },
  authorizer: {
    means: 'an API server runs without the authorizer by which components are allowed',
    says: ({ host, facts: { modes, lacks } }) =>
      `kube-apiserver on ${host} runs with --authorization-mode=${modes.join(',')}, without ` +
      `${lacks.join(' and ')}: ${lacks.includes('Node') ? 'kubelets' : 'controllers and users'} are refused ` +
      'what that authorizer allows',
    shows: ({ facts }) => [quoted('processes', 'kube-apiserver', `--authorization-mode=${facts.modes.join(',')}`)],
  },
  'service-account': {
    means: 'the service account of an addon (DNS, kube-proxy, overlay) is not bound',
    says: ({ facts }) =>
      `${facts.workload} runs as the service account ${facts.namespace}/${facts.name}, which may not ` +
      `${permissions(facts.denied)}`,
    shows: ({ facts }) => [
      quotedObject(
        lists.wide[0],
        `${facts.namespace}/${facts.name}`,
        'no binding of this service account leads to a role with such rules',
      ),
    ],
  },
};

import type { Certificate } from '../../../../pki/certificate.js';
import { administratorsBinding } from '../../../../model/administrators.js';
import type { CaseDefinition, FoundOf } from '../../../case.js';
import type { Subject } from '../../../read/rbac.js';
import { whoText } from '../../../read/who.js';
import { type Quote, quoted, quotedObject } from '../../../read/quote.js';
import { certificateText } from '../../../read/shown.js';
import type { Found } from '../../../examine/verdict.js';

/** Without a namespace it is of the cluster. */
type Binding = {
  readonly namespace?: string;
  readonly binding: string;
  /** Where the API has it, and how. */
  readonly list: string;
  readonly found: { readonly roleRef: unknown; readonly subjects: unknown };
};

export type Facts = {
  /** `path`: the kubeconfig. */
  administrator: { readonly path: string; readonly who: Subject; readonly leaf: Certificate };
  /** `bindings`: names of those that lead to the role. */
  'cluster-admin': { readonly isThere: boolean; readonly rules?: unknown; readonly bindings: readonly string[] };
  /** `subjects`: as `Kind name`. `like`: a role that there is, of nearly that name. */
  'role-absent': Binding & {
    readonly kind: string;
    readonly role: string;
    readonly subjects: readonly string[];
    readonly like?: string;
  };
  /** `odd`: the names as they were written. */
  subject: Binding & { readonly odd: readonly string[] };
  /** `workload`: namespace/name in the list `list`. */
  'service-account': {
    readonly namespace: string;
    readonly name: string;
    readonly workload: string;
    readonly list: string;
  };
};
export type Finding = FoundOf<Facts>;

export const bindingText = ({ namespace, binding }: Binding): string =>
  namespace === undefined ? binding : `${namespace}/${binding}`;

/** A name as the server sees it, without the quotes and blanks that were written around it. */
export const plain = (name: string): string => name.trim().replace(/^(["'])(.*)\1$/, '$2');

export const variants: CaseDefinition<Facts>['variants'] = {
  administrator: {
    means: "the administrator's certificate shows a name and groups to which nothing is bound",
    says: ({ host, facts }) =>
      `${facts.path} on ${host} is seen by the server as ${whoText(facts.who)}; no binding lets that name or ` +
      'group administer the cluster (kubeadm binds the group "kubeadm:cluster-admins" from 1.29 on, Kubewizard ' +
      `the users of ${administratorsBinding}; the group "system:masters" needs no binding)`,
    shows: ({ facts }) => [quoted('kubeconfigs', facts.path, certificateText(facts.leaf))],
  },
  'cluster-admin': {
    means: 'the role cluster-admin is missing or narrowed: whoever is bound to it may do nothing',
    says: ({ facts: { isThere, bindings } }) =>
      `the role cluster-admin ${isThere ? 'does not allow everything' : 'is missing'}: ${
        bindings.length > 0 ? `those bound to it by ${bindings.join(', ')}` : 'whoever will be bound to it'
      } may do nothing by that; ` +
      'only certificates of the group system:masters, which are served without RBAC, still administer the cluster',
    shows: ({ facts: { isThere, rules } }) => [
      quotedObject(
        'clusterroles.rbac.authorization.k8s.io',
        'cluster-admin',
        isThere ? JSON.stringify({ rules }) : 'not found',
      ),
    ],
  },
  'role-absent': {
    means: 'a binding points to a role that does not exist, and so grants nothing',
    says: ({ facts }) =>
      `the binding ${bindingText(facts)} gives ${facts.subjects.join(', ') || 'nobody'} the ${facts.kind} ` +
      `${facts.role}, which does not exist${facts.like === undefined ? '' : ` (there is ${facts.like})`}`,
    shows: asBound,
  },
  subject: {
    means: 'a binding names its subject with quotes or blanks that no credential has',
    says: ({ facts }) =>
      `the binding ${bindingText(facts)} names ${facts.odd.map(each => `<${each}>`).join(', ')}: quotes and ` +
      `blanks are part of that name, and the server sees <${facts.odd.map(plain).join(', ')}>`,
    shows: asBound,
  },
  'service-account': {
    means: 'a workload runs as a service account that does not exist',
    says: ({ facts }) =>
      `${facts.workload} (${facts.list}) runs as the service account ${facts.name}, which is not in the ` +
      `namespace ${facts.namespace}: its pods are refused`,
    shows: ({ facts }) => [quotedObject(facts.list, facts.workload, `serviceAccountName: ${facts.name}`)],
  },
};

function asBound({ facts: { namespace, binding, list, found } }: Found<Binding>): readonly Quote[] {
  const name = namespace === undefined ? binding : `${namespace}/${binding}`;
  return [quotedObject(list, name, JSON.stringify(found))];
}

import type { Certificate } from '../../../../pki/certificate.js';
import type { CaseDefinition, FoundOf } from '../../../case.js';
import type { Permission, Subject } from '../../../read/rbac.js';
import { permissionText, whoText } from '../../../read/who.js';
import { quoted } from '../../../read/quote.js';
import { certificateText } from '../../../read/shown.js';

export type Facts = {
  /** `path`: the client certificate that shows kubelets `who` calls; `denied` is bound to nobody of that name. */
  unbound: {
    readonly path: string;
    readonly who: Subject;
    readonly denied: readonly Permission[];
    readonly leaf: Certificate;
  };
  'no-certificate': Readonly<Record<string, never>>;
  /** `path`: the kubelet's configuration; `authentication`: what it says of that. */
  'no-authority': { readonly path: string; readonly authentication: unknown };
};
export type Finding = FoundOf<Facts>;

export const variants: CaseDefinition<Facts>['variants'] = {
  unbound: {
    means: 'the name in --kubelet-client-certificate is bound to nothing that allows it to use kubelets',
    says: ({ host, facts }) =>
      `kube-apiserver on ${host} calls kubelets as ${whoText(facts.who)} (${facts.path}), to whom no ` +
      `binding allows ${facts.denied.map(permissionText).join(', ')}`,
    shows: ({ facts }) => [quoted('certificates', facts.path, certificateText(facts.leaf))],
  },
  'no-certificate': {
    means: 'the API server shows kubelets no certificate: to them it is system:anonymous',
    says: ({ host }) =>
      `kube-apiserver on ${host} runs without --kubelet-client-certificate, and the kubelets ask who calls: ` +
      'to them it is system:anonymous',
    shows: () => [quoted('processes', 'kube-apiserver', 'no flag --kubelet-client-certificate')],
  },
  'no-authority': {
    means: 'a kubelet has no clientCAFile: every certificate is anonymous to it',
    says: ({ host, facts }) =>
      `the kubelet on ${host} has no authentication.x509.clientCAFile in ${facts.path}, so the API server's ` +
      'certificate means nothing to it: it calls as system:anonymous',
    shows: ({ facts }) => [quoted('files', facts.path, `authentication: ${JSON.stringify(facts.authentication)}`)],
  },
};

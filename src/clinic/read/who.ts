/** Whom the API server sees in a credential, and the deed in the words of an error message. */
import type { Certificate } from '../../pki/certificate.js';
import type { Deed, Who } from './rbac.js';

/**
 * X.509: the common name is the user, each organization a group (kube-apiserver, authentication by client certificate).
 */
export const whoIs = (certificate: Certificate): Who => ({
  user: certificate.commonName,
  groups: certificate.organizations,
});

export const serviceAccount = (namespace: string, name: string): Who => ({
  user: `system:serviceaccount:${namespace}:${name}`,
  groups: [],
});

export const whoText = ({ user, groups }: Who): string =>
  `user "${user}"${groups.length > 0 ? ` of ${groups.map(one => `"${one}"`).join(', ')}` : ' of no group'}`;

export const deedText = (deed: Deed): string =>
  deed.path !== undefined
    ? `${deed.verb} ${deed.path}`
    : `${deed.verb} ` +
      `${deed.resource}${deed.group ? `.${deed.group}` : ''}${deed.name === undefined ? '' : ` "${deed.name}"`}${deed.namespace === undefined ? '' : ` in ${deed.namespace}`}`;

/** What asks the server itself: `kubectl auth can-i …`. */
export const canI = (who: Who | undefined, deed: Deed): readonly string[] => {
  const [resource = '', sub] = (deed.resource ?? '').split('/');
  const what =
    deed.path ?? `${resource}${deed.group ? `.${deed.group}` : ''}${deed.name === undefined ? '' : `/${deed.name}`}`;
  return [
    'auth',
    'can-i',
    deed.verb,
    what,
    ...(sub === undefined ? [] : [`--subresource=${sub}`]),
    ...(deed.namespace === undefined ? [] : [`--namespace=${deed.namespace}`]),
    ...(who ? [`--as=${who.user}`, ...who.groups.map(group => `--as-group=${group}`)] : []),
  ];
};

/** Whom the API server sees in a credential, and the permission in the words of an error message. */
import type { Certificate } from '../../pki/certificate.js';
import type { Permission, Subject } from './rbac.js';

/**
 * X.509: the common name is the user, each organization a group (kube-apiserver, authentication by client certificate).
 */
export const whoIs = (certificate: Certificate): Subject => ({
  user: certificate.commonName,
  groups: certificate.organizations,
});

export const serviceAccount = (namespace: string, name: string): Subject => ({
  user: `system:serviceaccount:${namespace}:${name}`,
  groups: [],
});

export const whoText = ({ user, groups }: Subject): string =>
  `user "${user}"${groups.length > 0 ? ` of ${groups.map(one => `"${one}"`).join(', ')}` : ' of no group'}`;

export const permissionText = (permission: Permission): string =>
  permission.path !== undefined
    ? `${permission.verb} ${permission.path}`
    : `${permission.verb} ` +
      `${permission.resource}${permission.group ? `.${permission.group}` : ''}` +
      (permission.name === undefined ? '' : ` "${permission.name}"`) +
      (permission.namespace === undefined ? '' : ` in ${permission.namespace}`);

/** What asks the server itself: `kubectl auth can-i …`. */
export const canI = (who: Subject | undefined, permission: Permission): readonly string[] => {
  const [resource = '', sub] = (permission.resource ?? '').split('/');
  const what =
    permission.path ??
    `${resource}${permission.group ? `.${permission.group}` : ''}` +
      (permission.name === undefined ? '' : `/${permission.name}`);
  return [
    'auth',
    'can-i',
    permission.verb,
    what,
    ...(sub === undefined ? [] : [`--subresource=${sub}`]),
    ...(permission.namespace === undefined ? [] : [`--namespace=${permission.namespace}`]),
    ...(who ? [`--as=${who.user}`, ...who.groups.map(group => `--as-group=${group}`)] : []),
  ];
};

/** By which credential the server knows a name: X.509, a token, a service account, the headers of a proxy, or none. */
import type { Chart } from '../chart/chart.js';
import { flagsOf } from '../read/flags.js';
import { hostsOf } from '../read/hosts.js';
import type { Subject } from '../read/rbac.js';

export interface Identity {
  readonly who: Subject;
  /** Is every group known? A token's and a header's groups are known to the server alone. */
  readonly groupsKnown: boolean;
  /** One sentence each: how such a name comes about, and where it was seen. */
  readonly says: readonly string[];
}

export const identityOf = (user: string, chart?: Chart): Identity => {
  const fixed = byForm(user);
  if (fixed) return fixed;
  const held = chart ? holders(user, chart) : [];
  const groups = [...new Set(held.flatMap(one => one.groups))];
  const places = held.map(one => one.where);
  if (held.length > 0)
    return {
      who: { user, groups },
      groupsKnown: true,
      says: [
        `X.509: the common name of the client certificate in ${places.slice(0, 3).join(', ')}; ` +
          (groups.length > 0
            ? `its organizations are the groups ${groups.map(one => `"${one}"`).join(', ')}`
            : 'it has no organization, so the user is in no group'),
      ],
    };
  return { who: { user, groups: [] }, groupsKnown: false, says: [...odd(user), ...possible(chart)] };
};

const byForm = (user: string): Identity | undefined => {
  if (user === 'system:anonymous')
    return {
      who: { user, groups: [] },
      groupsKnown: true,
      says: [
        'no credential: none was sent, or none that the server accepts (a certificate of another CA counts as none)',
      ],
    };
  const [, namespace, name] = /^system:serviceaccount:([^:]+):(.+)$/.exec(user) ?? [];
  if (namespace !== undefined)
    return {
      who: { user, groups: [] },
      groupsKnown: true,
      says: [
        `a token of the service account ${name} of the namespace ${namespace}; its groups are ` +
          `"system:serviceaccounts" and "system:serviceaccounts:${namespace}"`,
      ],
    };
  if (/^system:bootstrap:/.test(user))
    return {
      who: { user, groups: ['system:bootstrappers'] },
      groupsKnown: false,
      says: ['a bootstrap token; its groups are "system:bootstrappers" and those of auth-extra-groups in its secret'],
    };
  if (/^system:node:/.test(user))
    return {
      who: { user, groups: ['system:nodes'] },
      groupsKnown: true,
      says: ['the X.509 certificate of a kubelet; its organization must be "system:nodes"'],
    };
  return undefined;
};

/** A misquoted flag puts quotes into a name, and then nothing fits. */
const odd = (user: string): readonly string[] =>
  /^['"]|['"]$|^\s|\s$/.test(user)
    ? [`the quotes or blanks are part of the name: whoever made the credential quoted twice (${user})`]
    : [];

function possible(chart: Chart | undefined): readonly string[] {
  const flag = (name: string): boolean =>
    chart !== undefined &&
    hostsOf(chart, 'controlPlane').some(host => flagsOf(host, 'kube-apiserver').inForce?.get(name) !== undefined);
  const off = (name: string, text: string): string =>
    chart === undefined || flag(name) ? text : `${text} (no API server that was seen has --${name})`;
  return [
    'X.509: a client certificate with this common name, its organizations are the groups; none in a file that was seen',
    'a token: ' +
      `${off('oidc-issuer-url', 'OIDC, the claim of --oidc-username-claim, groups of --oidc-groups-claim')}; ` +
      `${off('token-auth-file', 'a line of --token-auth-file')}; ` +
      `${off('authentication-token-webhook-config-file', 'a token webhook')}`,
    off('requestheader-client-ca-file', 'a proxy in front of the API that says so in X-Remote-User and X-Remote-Group'),
  ];
}

const holders = (
  user: string,
  chart: Chart,
): readonly { readonly where: string; readonly groups: readonly string[] }[] =>
  hostsOf(chart).flatMap(host => {
    const kubeconfigs =
      'value' in host.kubeconfigs ? host.kubeconfigs.value.map(one => [one.path, one.client[0]] as const) : [];
    const files =
      'value' in host.certificates ? host.certificates.value.map(one => [one.path, one.certificates[0]] as const) : [];
    return [...kubeconfigs, ...files].flatMap(([path, leaf]) =>
      leaf?.commonName === user ? [{ where: `${path} on ${host.name}`, groups: leaf.organizations }] : [],
    );
  });

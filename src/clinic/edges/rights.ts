/**
 * The third question about an edge, after trust in both directions: whom the server sees in the client, and what that
 * one may do.
 */
import type { Chart } from '../chart/chart.js';
import { flagsOf } from '../read/flags.js';
import { hostsOf } from '../read/hosts.js';
import { kubeletOf, nodeNameOf } from '../read/kubelet.js';
import { kubeletPermissions, needs } from '../read/needs.js';
import { can, type Permission, type Subject } from '../read/rbac.js';
import { whoIs } from '../read/who.js';
import type { Missing } from '../examine/verdict.js';
import type { Edge } from './edge.js';

export interface Rights {
  /** The common name and organizations of the certificate that the client shows; absent where it shows none. */
  readonly who?: Subject;
  /** Whom the server must see for the client to do its work, where that is another. */
  readonly meant?: string;
  /** What this client must be allowed, and is not. */
  readonly refused: readonly Permission[];
  readonly missing: readonly Missing[];
}

export const rightsOn = (edge: Edge, chart: Chart): Rights => {
  const shown =
    edge.clientShows && 'value' in edge.clientShows.certificates ? edge.clientShows.certificates.value[0] : undefined;
  const none: Rights = { refused: [], missing: [] };
  // etcd knows no roles here: whoever has a certificate of its CA may do everything.
  if (!shown || (edge.kind !== 'api-client' && edge.kind !== 'apiserver-kubelet')) return none;
  const who = whoIs(shown);
  const meant = meantOn(edge, chart, who);
  return {
    ...none,
    who,
    ...(meant !== undefined && { meant }),
    ...allowed(chart, who, meant === undefined && asNode(edge, chart) ? [] : permissionsOn(edge, chart)),
  };
};

const allowed = (
  chart: Chart,
  who: Subject,
  permissions: readonly Permission[],
): Pick<Rights, 'refused' | 'missing'> => {
  const answers = permissions.map(permission => ({ permission, decision: can(chart, who, permission) }));
  const lists = [...new Set(answers.flatMap(({ decision }) => (decision.may === undefined ? decision.missing : [])))];
  const refused = answers.filter(({ decision }) => decision.may === false).map(({ permission }) => permission);
  if (refused.length > 0 && askedOutside(chart)) return { refused: [], missing: [outside] };
  return {
    refused,
    missing: lists.map(what => unseenList(chart, what)),
  };
};

/** Another authorizer may allow what RBAC does not, and nobody here can ask it; or flags do not say which there are. */
const askedOutside = (chart: Chart): boolean =>
  hostsOf(chart, 'controlPlane').some(host => {
    const { inForce: flags, elsewhere } = flagsOf(host, 'kube-apiserver');
    const modes = flags?.all('authorization-mode') ?? [];
    return (
      elsewhere === true ||
      flags?.get('authorization-config') !== undefined ||
      /Webhook|ABAC|AlwaysAllow/.test(modes.join())
    );
  });

const outside: Missing = {
  host: 'cluster',
  what: 'authorization',
  why: 'the API server asks another authorizer than RBAC too',
  kind: 'not-collected',
};

const unseenList = (chart: Chart, what: string): Missing => {
  const found = chart.api.objects[what];
  return found && 'missing' in found
    ? { host: 'cluster', what, why: found.missing, kind: found.kind }
    : { host: 'cluster', what, why: 'it was not asked for', kind: 'not-collected' };
};

/** The Node authorizer knows a kubelet by its name and group, whatever RBAC says. */
const asNode = (edge: Edge, chart: Chart): boolean => {
  const server = chart.hosts.get(edge.server.host);
  return (
    edge.client.program === 'kubelet' &&
    server !== undefined &&
    flagsOf(server, 'kube-apiserver').inForce?.all('authorization-mode').includes('Node') === true
  );
};

const meantOn = (edge: Edge, chart: Chart, who: Subject): string | undefined => {
  const client = chart.hosts.get(edge.client.host);
  if (edge.kind !== 'api-client' || edge.client.program !== 'kubelet' || !client) return undefined;
  const node = `system:node:${nodeNameOf(client)}`;
  return who.user === node && who.groups.includes('system:nodes') ? undefined : `${node} of system:nodes`;
};

const permissionsOn = (edge: Edge, chart: Chart): readonly Permission[] => {
  if (edge.kind === 'api-client')
    return edge.client.program === 'kubelet'
      ? [
          { verb: 'list', resource: 'services' },
          { verb: 'patch', resource: 'nodes/status' },
        ]
      : needs.filter(need => need.program === edge.client.program).flatMap(need => need.permissions);
  const node = chart.hosts.get(edge.server.host);
  return node && kubeletOf(node).value('authorization.mode', 'authorization-mode') === 'AlwaysAllow'
    ? []
    : kubeletPermissions;
};

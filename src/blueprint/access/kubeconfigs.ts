/** Who each component is to the API server, and where its kubeconfig lies. */
import type { ClusterSpec, Host } from '../../model/cluster.js';
import { withRole } from '../../model/cluster.js';
import { administratorOn } from '../../model/administrators.js';
import { apiserverPort } from '../../model/components.js';
import type { Resource, ResourceId, Stage } from '../../model/resource.js';
import type { Wants } from '../../resources/wants.js';
import type { HostContext } from '../input.js';
import { signerPem } from '../rotation/authority.js';
import { endpointAnswers } from './endpoint-answers.js';
import {
  adminConf,
  controllerManagerConf,
  kubeletConf,
  proxyConf,
  schedulerConf,
  superAdminConf,
} from '../render/paths.js';
import { want } from '../wanted.js';

/** One row of the kubeconfigs: who a component is to the API server. Subjects are those that bootstrap RBAC expects. */
interface Identity {
  readonly path: string;
  readonly user: (host: Host) => string;
  readonly organizations?: readonly string[];
  readonly server: (spec: ClusterSpec, host: Host) => string;
  readonly stage: Stage;
  readonly because: string;
}

/** Beside an API server clients use that one: an upgraded control plane must not talk to one that is still old. */
const localServer = (_: ClusterSpec, host: Host): string => `https://${host.address}:${apiserverPort}`;

const endpointServer = (spec: ClusterSpec): string => `https://${spec.endpoint.address}:${spec.endpoint.port}`;

/**
 * For whoever is not on a host of the cluster: where every host balances on its own loopback, a control plane itself.
 */
export const outsideServer = (spec: ClusterSpec): string => outsideServers(spec)[0]?.server ?? endpointServer(spec);

/** All of them by host, since a client outside knows no other way when the first one is away. */
export function outsideServers(spec: ClusterSpec): readonly { readonly host: string; readonly server: string }[] {
  if (spec.endpoint.balance !== 'local') return [];
  return withRole(spec, 'controlPlane').map(({ name, address, externalAddress }) => ({
    host: name,
    server: `https://${externalAddress ?? address}:${apiserverPort}`,
  }));
}

export const identities = {
  admin: {
    path: adminConf,
    user: host => administratorOn(host.name),
    server: endpointServer,
    stage: 'control-plane',
    because: 'the administrator on this host',
  },
  superAdmin: {
    path: superAdminConf,
    user: () => 'kubernetes-super-admin',
    organizations: ['system:masters'],
    server: localServer,
    stage: 'control-plane',
    because: 'root of a control plane can break the glass: it is let in past all roles',
  },
  controllerManager: {
    path: controllerManagerConf,
    user: () => 'system:kube-controller-manager',
    server: localServer,
    stage: 'control-plane',
    because: 'the controller manager calls the API',
  },
  scheduler: {
    path: schedulerConf,
    user: () => 'system:kube-scheduler',
    server: localServer,
    stage: 'control-plane',
    because: 'the scheduler calls the API',
  },
  kubelet: {
    path: kubeletConf,
    user: host => `system:node:${host.name}`,
    organizations: ['system:nodes'],
    server: endpointServer,
    stage: 'nodes',
    because: 'the kubelet calls the API',
  },
  proxy: {
    path: proxyConf,
    user: () => 'system:kube-proxy',
    organizations: ['system:node-proxier'],
    server: endpointServer,
    stage: 'nodes',
    because: 'kube-proxy calls the API',
  },
} as const satisfies Record<string, Identity>;

export function kubeconfig(
  context: HostContext,
  identity: Identity,
  after: readonly ResourceId[] = [],
): Resource<'kubeconfig', Wants['kubeconfig']> {
  const { spec, host } = context;
  const user = identity.user(host);
  const told = identity.server === endpointServer ? endpointAnswers(context, host) : [];
  return want(
    'kubeconfig',
    host.name,
    identity.path,
    {
      request: {
        ca: 'ca',
        commonName: user,
        organizations: identity.organizations ?? [],
        sans: [],
        usages: ['client'],
        days: spec.pki.leafDays,
      },
      caPem: context.authorities.ca,
      ...(signerPem(context, 'ca') === context.authorities.ca ? {} : { signerPem: signerPem(context, 'ca') }),
      server: identity.server(spec, host),
      cluster: spec.name,
      user,
      ...(context.chainPem === '' ? {} : { chainPem: context.chainPem }),
    },
    { stage: identity.stage, because: identity.because, after: [...after, ...told] },
  );
}

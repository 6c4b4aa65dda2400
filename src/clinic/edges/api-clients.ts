/** kubectl, controller manager, scheduler, kubelet and kube-proxy call the API, straight or through a load balancer. */
import type { Chart } from '../chart/chart.js';
import type { Edge } from './edge.js';
import type { HostChart } from '../chart/host-chart.js';
import type { KubeconfigSeen } from '../chart/seen.js';
import { isLoopback, urlEnd } from '../read/api-names.js';
import { flagsOf, securePort } from '../read/flags.js';
import { callersOf, controlMachine, hostsOf } from '../read/hosts.js';
import { kubeletOf } from '../read/kubelet.js';
import { kubeconfigsInUse } from '../read/in-use.js';
import { heldAt, heldIn, servedAt } from './held.js';

export const apiClientEdges = (chart: Chart): readonly Edge[] => {
  const servers = hostsOf(chart, 'controlPlane');
  const byAddress = new Map(servers.map(server => [server.address, server]));
  return callersOf(chart).flatMap(client =>
    kubeconfigsInUse(client).flatMap(({ program, path }) => edgesFrom(client, program, path, servers, byAddress)),
  );
};

/** To one API server, or to every one that may stand behind the address. */
function edgesFrom(
  client: HostChart,
  program: string,
  path: string,
  servers: readonly HostChart[],
  byAddress: ReadonlyMap<string, HostChart>,
): readonly Edge[] {
  const seen = 'value' in client.kubeconfigs ? client.kubeconfigs.value.find(one => one.path === path) : undefined;
  const { scheme, host: dials, port } = urlEnd(seen?.value?.server ?? '') ?? {};
  if (!seen?.value || dials === undefined || scheme !== 'https') return [];
  const loopback = isLoopback(dials);
  const named = loopback && client.roles.includes('controlPlane') ? client : byAddress.get(dials);
  if (client.name === controlMachine)
    return [
      fromControlMachine(client, program, seen, {
        host: (named ?? servers[0])?.name ?? 'cluster',
        program: 'kube-apiserver',
        address: dials,
        port: Number(port ?? 443),
      }),
    ];
  return (named ? [named] : servers).map(server => ({
    kind: 'api-client',
    dials,
    client: { host: client.name, program, source: path },
    server: { host: server.name, program: 'kube-apiserver', address: dials, port: Number(port ?? 443) },
    ...(seen.value?.insecure
      ? {}
      : {
          clientTrusts:
            seen.value?.caPath === undefined || seen.ca.length > 0
              ? heldIn(client, path, 'ca')
              : heldAt(client, seen.value.caPath),
        }),
    serverShows: servedAt(server, securePort(server), flagsOf(server, 'kube-apiserver').inForce?.get('tls-cert-file')),
    ...shownBy(client, program, seen),
    ...clientCa(server),
  }));
}

/** A kubelet that rotates its certificate in a file of its own never looks at the one in its kubeconfig. */
const shownBy = (client: HostChart, program: string, seen: KubeconfigSeen): Pick<Edge, 'clientShows'> => {
  const { flags, value } = kubeletOf(client);
  const path = `${flags?.get('cert-dir') ?? '/var/lib/kubelet/pki'}/kubelet-client-current.pem`;
  const rotates = program === 'kubelet' && value('rotateCertificates', 'rotate-certificates') === true;
  const rotated = rotates ? heldAt(client, path) : undefined;
  if (rotated && 'value' in rotated.certificates && rotated.certificates.value.length > 0)
    return { clientShows: rotated };
  return seen.client.length > 0 ? { clientShows: heldIn(client, seen.path, 'client') } : {};
};

/** Whatever stands behind the address: the control machine has seen for itself what it shows. */
const fromControlMachine = (
  client: HostChart,
  program: string,
  seen: KubeconfigSeen,
  server: Edge['server'],
): Edge => ({
  kind: 'api-client',
  dials: server.address,
  client: { host: client.name, program, source: seen.path },
  server,
  ...(seen.value?.insecure || seen.ca.length === 0 ? {} : { clientTrusts: heldIn(client, seen.path, 'ca') }),
  serverShows: servedAt(client, server.port, undefined),
  ...(seen.client.length > 0 ? { clientShows: heldIn(client, seen.path, 'client') } : {}),
});

const clientCa = (server: HostChart): Pick<Edge, 'serverTrusts'> => {
  const path = flagsOf(server, 'kube-apiserver').inForce?.get('client-ca-file');
  return path === undefined ? {} : { serverTrusts: heldAt(server, path) };
};

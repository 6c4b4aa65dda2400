/** The API server calls kubelets and etcd, etcd's members call each other, the load balancer calls API servers. */
import { etcdClientPort, etcdPeerPort, kubeletPort } from '../../model/components.js';
import type { Chart } from '../chart/chart.js';
import type { Edge, Held } from './edge.js';
import type { HostChart } from '../chart/host-chart.js';
import { type Flags, flagsOf, securePort } from '../read/flags.js';
import { hostsOf, nodesOf } from '../read/hosts.js';
import { isLoopback, urlEnd } from '../read/api-names.js';
import { kubeletOf, nodeNameOf } from '../read/kubelet.js';
import { heldAt, servedAt } from './held.js';

export const controlEdges = (chart: Chart): readonly Edge[] => [
  ...hostsOf(chart, 'controlPlane').flatMap(server => {
    const flags = flagsOf(server, 'kube-apiserver').inForce;
    return flags ? [...toKubelets(chart, server, flags), ...toEtcd(chart, server, flags)] : [];
  }),
  ...peers(chart),
  ...balancers(chart),
];

const held = (
  host: HostChart,
  path: string | undefined,
  field: 'clientTrusts' | 'clientShows' | 'serverTrusts',
): Partial<Record<typeof field, Held>> => (path === undefined ? {} : { [field]: heldAt(host, path) });

function toKubelets(chart: Chart, server: HostChart, flags: Flags): readonly Edge[] {
  // The first kind of address that it prefers; of its own accord (no flag) that is the name.
  const [preferred = 'Hostname'] = flags.all('kubelet-preferred-address-types');
  const byName = preferred === 'Hostname';
  return nodesOf(chart).map(node => {
    const kubelet = kubeletOf(node);
    const ca: unknown = kubelet.value('authentication.x509.clientCAFile', 'client-ca-file');
    const cert: unknown = kubelet.value('tlsCertFile', 'tls-cert-file');
    const port = Number(kubelet.value('port', 'port') ?? kubeletPort);
    return {
      kind: 'apiserver-kubelet',
      dials: byName ? nodeNameOf(node) : node.address,
      client: { host: server.name, program: 'kube-apiserver', source: flags.get('kubelet-client-certificate') ?? '' },
      server: { host: node.name, program: 'kubelet', address: node.address, port },
      ...held(server, flags.get('kubelet-certificate-authority'), 'clientTrusts'),
      ...held(server, flags.get('kubelet-client-certificate'), 'clientShows'),
      serverShows: servedAt(node, port, typeof cert === 'string' ? cert : undefined),
      ...held(node, typeof ca === 'string' ? ca : undefined, 'serverTrusts'),
    };
  });
}

function toEtcd(chart: Chart, server: HostChart, flags: Flags): readonly Edge[] {
  return flags.all('etcd-servers').flatMap(url => {
    const { scheme, host: address = '', port = etcdClientPort } = urlEnd(url) ?? {};
    const member = hostOfAddress(chart, server, address);
    if (scheme !== 'https' || !member) return [];
    const etcd = flagsOf(member, 'etcd').inForce;
    return [
      {
        kind: 'apiserver-etcd' as const,
        dials: address,
        client: { host: server.name, program: 'kube-apiserver', source: flags.get('etcd-certfile') ?? '' },
        server: { host: member.name, program: 'etcd', address, port },
        ...held(server, flags.get('etcd-cafile'), 'clientTrusts'),
        ...held(server, flags.get('etcd-certfile'), 'clientShows'),
        serverShows: servedAt(member, port, etcd?.get('cert-file')),
        ...held(
          member,
          etcd?.get('client-cert-auth') === 'true' ? etcd.get('trusted-ca-file') : undefined,
          'serverTrusts',
        ),
      },
    ];
  });
}

const hostOfAddress = (chart: Chart, from: HostChart, address: string): HostChart | undefined =>
  isLoopback(address) ? from : hostsOf(chart).find(host => host.address === address);

/** A peer's certificate is shown in both directions: as a server, and as a client. */
function peers(chart: Chart): readonly Edge[] {
  const members = hostsOf(chart, 'etcd');
  return members.flatMap(client =>
    members
      .filter(server => server !== client)
      .flatMap(server => {
        const [mine, theirs] = [flagsOf(client, 'etcd').inForce, flagsOf(server, 'etcd').inForce];
        const {
          scheme,
          host: address,
          port = etcdPeerPort,
        } = urlEnd(theirs?.get('initial-advertise-peer-urls') ?? '') ?? {};
        if (!mine || !theirs || address === undefined || scheme !== 'https') return [];
        return [
          {
            kind: 'etcd-peer' as const,
            dials: address,
            client: { host: client.name, program: 'etcd', source: mine.get('peer-cert-file') ?? '' },
            server: { host: server.name, program: 'etcd', address, port },
            ...held(client, mine.get('peer-trusted-ca-file'), 'clientTrusts'),
            ...held(client, mine.get('peer-cert-file'), 'clientShows'),
            serverShows: servedAt(server, port, theirs.get('peer-cert-file')),
            ...held(
              server,
              theirs.get('peer-client-cert-auth') === 'true' ? theirs.get('peer-trusted-ca-file') : undefined,
              'serverTrusts',
            ),
          },
        ];
      }),
  );
}

/** haproxy's health check verifies with the `ca-file` of its server lines, where it verifies at all. */
function balancers(chart: Chart): readonly Edge[] {
  return hostsOf(chart).flatMap(balancer =>
    ('value' in balancer.files ? balancer.files.value : [])
      .filter(file => file.path.endsWith('/haproxy.cfg'))
      .flatMap(file =>
        [...(file.text ?? '').matchAll(/^\s*server\s+(\S+)\s+([^\s:]+):(\d+)(.*)$/gm)].flatMap(
          ([, , address = '', port = '', rest = '']) => {
            const server = hostsOf(chart, 'controlPlane').find(host => host.address === address);
            const ca =
              /\bca-file\s+(\S+)/.exec(rest)?.[1] ??
              /^\s*default-server\b.*\bca-file\s+(\S+)/m.exec(file.text ?? '')?.[1];
            if (!server) return [];
            const edge: Edge = {
              kind: 'load-balancer-apiserver',
              dials: address,
              client: { host: balancer.name, program: 'haproxy', source: file.path },
              server: { host: server.name, program: 'kube-apiserver', address, port: Number(port) },
              ...held(balancer, /verify\s+none/.test(rest) ? undefined : ca, 'clientTrusts'),
              serverShows: servedAt(
                server,
                securePort(server),
                flagsOf(server, 'kube-apiserver').inForce?.get('tls-cert-file'),
              ),
            };
            return [edge];
          },
        ),
      ),
  );
}

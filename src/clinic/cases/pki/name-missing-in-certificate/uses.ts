/** Who calls which server by which name, and the certificate that it is shown. */
import { etcdClientPort } from '../../../../model/components.js';
import type { Certificate } from '../../../../pki/certificate.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { edgesOf } from '../../../edges/prove.js';
import { serviceAddress } from '../../../read/api-names.js';
import { flagsOf, securePort } from '../../../read/flags.js';
import { controlMachine } from '../../../read/hosts.js';
import type { Finding, Lacks } from './variants.js';

export interface Use {
  readonly variant: Finding['variant'];
  readonly server: HostChart;
  readonly path?: string;
  readonly port: number;
  readonly leaf: Certificate;
  readonly name: string;
  readonly by: string;
}

export function uses(chart: Chart): readonly Use[] {
  const edges = edgesOf(chart).flatMap((edge): readonly Use[] => {
    const server = chart.hosts.get(edge.server.host);
    const leaf = 'value' in edge.serverShows.certificates ? edge.serverShows.certificates.value[0] : undefined;
    if (!server || !leaf) return [];
    const by = `${edge.client.program} on ${edge.client.host} (${edge.client.source})`;
    if (edge.kind === 'api-client' && edge.clientTrusts)
      return [
        { variant: 'dialled', server, ...apiFile(server), leaf, name: edge.dials, by },
        ...(edge.client.host === controlMachine ? [] : ofService(server, leaf)),
      ];
    if (edge.kind === 'apiserver-etcd' && edge.clientTrusts)
      return [
        {
          variant: 'etcd',
          server,
          path: flagsOf(server, 'etcd').inForce?.get('cert-file') ?? edge.serverShows.path,
          port: etcdClientPort,
          leaf,
          name: edge.dials,
          by,
        },
      ];
    const checked =
      edge.kind === 'load-balancer-apiserver' && edge.clientTrusts
        ? checkedName(chart.hosts.get(edge.client.host), edge.client.source, server)
        : undefined;
    return checked === undefined
      ? []
      : [{ variant: 'load-balancer', server, ...apiFile(server), leaf, name: checked, by }];
  });
  return [...new Map(edges.map(use => [`${use.variant} ${use.server.name} ${use.name}`, use])).values()];
}

const apiFile = (server: HostChart): Pick<Lacks, 'path' | 'port'> => {
  const path = flagsOf(server, 'kube-apiserver').inForce?.get('tls-cert-file');
  return { ...(path !== undefined && { path }), port: securePort(server) };
};

/** Pods call the first address of the service range, or the name in front of it. */
const ofService = (server: HostChart, leaf: Certificate): readonly Use[] =>
  [serviceAddress(server), 'kubernetes.default.svc'].flatMap(name =>
    name === undefined ? [] : [{ variant: 'service', server, ...apiFile(server), leaf, name, by: 'every pod' }],
  );

/** haproxy verifies a name only where verifyhost (or sni) gives one. */
const checkedName = (balancer: HostChart | undefined, path: string, server: HostChart): string | undefined => {
  const text =
    balancer && 'value' in balancer.files ? (balancer.files.value.find(file => file.path === path)?.text ?? '') : '';
  const line = text.split('\n').find(each => /^\s*server\s/.test(each) && each.includes(` ${server.address}:`));
  return /\bverifyhost\s+(\S+)/.exec(line ?? '')?.[1];
};

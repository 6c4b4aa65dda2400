import type { ClusterSpec, Host } from '../../model/cluster.js';
import { servedOf, withRole } from '../../model/cluster.js';
import type { CertificateRequest, Resource, Stage } from '../../model/resource.js';
import type { Wants } from '../../resources/wants.js';
import { apiServiceAddress } from '../network/addresses.js';
import type { AuthorityName, HostContext } from '../input.js';
import { signerPem } from '../rotation/authority.js';
import { kubeletCert, kubeletKey, pki } from '../render/paths.js';
import { want } from '../wanted.js';
import { formerAddresses } from './former-addresses.js';

/** One row of the PKI: everything that is signed, by whom, for whom, and where it lies. */
export interface Row {
  readonly path: string;
  readonly key: string;
  readonly ca: AuthorityName;
  readonly commonName: (host: Host) => string;
  readonly organizations?: readonly string[];
  readonly usages: CertificateRequest['usages'];
  readonly sans?: (spec: ClusterSpec, host: Host) => readonly string[];
  readonly stage: Stage;
  readonly because: string;
}

const own = (host: Host): readonly string[] => [
  host.name,
  host.address,
  ...(host.externalAddress ? [host.externalAddress] : []),
];
const loopback = ['localhost', '127.0.0.1'];

/** Every name and address by which a client may call the API server (design, section 4; founding case 3). */
export const apiserverSans = (spec: ClusterSpec, host: Host): readonly string[] => [
  ...new Set([
    ...own(host),
    ...servedOf(spec).map(({ address }) => address),
    apiServiceAddress(spec),
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `kubernetes.default.svc.${spec.network.domain}`,
    ...loopback,
    ...spec.pki.sans,
  ]),
];

const pair = (name: string) => ({ path: `${pki}/${name}.crt`, key: `${pki}/${name}.key` });
const etcdSans = (_: ClusterSpec, host: Host) => [...own(host), ...loopback];

/** What etcd's hosts hold. */
export const etcdRows: readonly Row[] = [
  {
    ...pair('etcd/server'),
    ca: 'etcd/ca',
    commonName: host => host.name,
    usages: ['server', 'client'],
    sans: etcdSans,
    stage: 'etcd',
    because: 'etcd proves itself to its clients',
  },
  {
    ...pair('etcd/peer'),
    ca: 'etcd/ca',
    commonName: host => host.name,
    usages: ['server', 'client'],
    sans: etcdSans,
    stage: 'etcd',
    because: 'etcd members prove themselves to each other',
  },
  {
    ...pair('etcd/healthcheck-client'),
    ca: 'etcd/ca',
    commonName: () => 'kube-etcd-healthcheck-client',
    usages: ['client'],
    stage: 'etcd',
    because: 'etcdctl and health checks ask etcd',
  },
];

/** What control planes hold. */
export const apiserverRows: readonly Row[] = [
  {
    ...pair('apiserver'),
    ca: 'ca',
    commonName: () => 'kube-apiserver',
    usages: ['server'],
    sans: apiserverSans,
    stage: 'control-plane',
    because: 'the API server proves itself to every client',
  },
  {
    ...pair('apiserver-kubelet-client'),
    ca: 'ca',
    commonName: () => 'kube-apiserver-kubelet-client',
    usages: ['client'],
    stage: 'control-plane',
    because: 'logs and exec: the API server calls kubelets',
  },
  {
    ...pair('apiserver-etcd-client'),
    ca: 'etcd/ca',
    commonName: () => 'kube-apiserver-etcd-client',
    usages: ['client'],
    stage: 'control-plane',
    because: 'the API server calls etcd',
  },
  {
    ...pair('front-proxy-client'),
    ca: 'front-proxy-ca',
    commonName: () => 'front-proxy-client',
    usages: ['client'],
    stage: 'control-plane',
    because: 'the API server vouches for users to aggregated APIs',
  },
];

export const kubeletRow: Row = {
  path: kubeletCert,
  key: kubeletKey,
  ca: 'ca',
  commonName: host => `system:node:${host.name}`,
  organizations: ['system:nodes'],
  usages: ['server'],
  sans: (_, host) => own(host),
  stage: 'nodes',
  because: 'kubectl logs verifies what the kubelet serves',
};

export function certificate(context: HostContext, row: Row): Resource<'certificate', Wants['certificate']> {
  const caPem = signerPem(context, row.ca);
  return want(
    'certificate',
    context.host.name,
    row.path,
    {
      request: request(context, row),
      keyPath: row.key,
      caPem,
      chainPem: row.ca === 'ca' ? context.chainPem : '',
    },
    row,
  );
}

const request = (site: HostContext, row: Omit<Row, 'path' | 'key'>): CertificateRequest => {
  const { spec, host } = site;
  return {
    ca: row.ca,
    commonName: row.commonName(host),
    organizations: row.organizations ?? [],
    // Whoever still knows a host that moves by its former address verifies that one.
    sans: row.sans ? [...row.sans(spec, host), ...formerAddresses(site, host)] : [],
    usages: row.usages,
    days: spec.pki.leafDays,
  };
};

/** etcd's own hosts, or the control planes where nobody else is named. */
export const etcdHosts = (spec: ClusterSpec): readonly Host[] => withRole(spec, 'etcd');

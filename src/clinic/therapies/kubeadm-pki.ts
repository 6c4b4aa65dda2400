/**
 * What kubeadm signs at each path of its layout (cmd/kubeadm/app/phases/certs), for files from which nothing can be
 * read any more.
 */
import { administratorOn, administratorsBinding } from '../../model/administrators.js';
import type { CertificateRequest } from '../../model/resource.js';
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import { endpointNames, serviceAddress, serviceNames } from '../read/api-names.js';
import { hostsOf } from '../read/hosts.js';
import { nodeNameOf } from '../read/kubelet.js';
import { authorityOf, maySign } from './reissue.js';

const pki = '/etc/kubernetes/pki/';
const masters = ['system:masters'];
/**
 * What kubeadm 1.29 and later gives its administrators: a group that a binding lets in, and that can be let out again.
 */
export const clusterAdmins = 'kubeadm:cluster-admins';

type Administrator = Pick<CertificateRequest, 'commonName' | 'organizations'>;

/**
 * Nobody becomes a master who was none: only where neither kubeadm's binding nor Kubewizard's is there, administrators
 * are masters. `has`: the name in the certificate that is there.
 */
export const administratorAt = (
  { api }: Pick<Chart, 'api'>,
  path: string,
  host: string,
  has = 'kubernetes-admin',
): Administrator => {
  if (path.endsWith('super-admin.conf')) return { commonName: has, organizations: masters };
  const bindings = api.objects['clusterrolebindings.rbac.authorization.k8s.io'];
  const isBound = (name: string): boolean =>
    bindings !== undefined && 'value' in bindings && bindings.value.some(one => one.metadata.name === name);
  if (isBound(administratorsBinding)) return { commonName: administratorOn(host), organizations: [] };
  return { commonName: has, organizations: isBound(clusterAdmins) ? [clusterAdmins] : masters };
};

/** undefined: kubeadm signs nothing there, or not for such a host. */
export const requestAt = (chart: Chart, host: HostChart, path: string): CertificateRequest | undefined => {
  const subject = subjectAt(host, path, administratorAt(chart, path, host.name));
  const request: CertificateRequest | undefined = subject && {
    ca: authorityOf(path),
    sans: [],
    usages: ['client'],
    days: 365,
    organizations: [],
    ...subject,
    ...(path === `${pki}apiserver.crt` && { sans: apiNames(chart, host) }),
  };
  return request && maySign(chart, host, request) ? request : undefined;
};

type Subject = Pick<CertificateRequest, 'commonName'> & Partial<CertificateRequest>;

const subjectAt = (host: HostChart, path: string, administrator: Administrator): Subject | undefined => {
  const local = [host.name, host.address, 'localhost', '127.0.0.1'];
  const node: Subject = { commonName: `system:node:${nodeNameOf(host)}`, organizations: ['system:nodes'] };
  const all: Readonly<Record<string, Subject>> = {
    [`${pki}apiserver.crt`]: { commonName: 'kube-apiserver', usages: ['server'] },
    [`${pki}apiserver-kubelet-client.crt`]: {
      commonName: 'kube-apiserver-kubelet-client',
      organizations: administrator.organizations,
    },
    [`${pki}apiserver-etcd-client.crt`]: { commonName: 'kube-apiserver-etcd-client', organizations: masters },
    [`${pki}front-proxy-client.crt`]: { commonName: 'front-proxy-client' },
    [`${pki}etcd/server.crt`]: { commonName: host.name, sans: local, usages: ['server', 'client'] },
    [`${pki}etcd/peer.crt`]: { commonName: host.name, sans: local, usages: ['server', 'client'] },
    [`${pki}etcd/healthcheck-client.crt`]: { commonName: 'kube-etcd-healthcheck-client', organizations: masters },
    '/etc/kubernetes/admin.conf': administrator,
    '/etc/kubernetes/super-admin.conf': { commonName: 'kubernetes-super-admin', organizations: masters },
    '/etc/kubernetes/controller-manager.conf': { commonName: 'system:kube-controller-manager' },
    '/etc/kubernetes/scheduler.conf': { commonName: 'system:kube-scheduler' },
    '/etc/kubernetes/kubelet.conf': node,
    '/var/lib/kubelet/pki/kubelet.crt': { ...node, sans: [nodeNameOf(host), host.address], usages: ['server'] },
  };
  return all[path];
};

/** Own names, those of the service, and what other control planes' certificates name besides themselves. */
const apiNames = (chart: Chart, host: HostChart): readonly string[] => {
  const hosts = new Set(hostsOf(chart).flatMap(one => [one.name, one.address]));
  const others = hostsOf(chart, 'controlPlane').flatMap(one =>
    'value' in one.certificates
      ? one.certificates.value
          .filter(seen => seen.path === `${pki}apiserver.crt`)
          .flatMap(seen => seen.certificates.slice(0, 1))
      : [],
  );
  const shared = others.flatMap(one => [...one.names, ...one.ips]).filter(name => !hosts.has(name));
  const service = serviceAddress(host);
  return [
    ...new Set([
      host.name,
      host.address,
      ...serviceNames,
      ...(service === undefined ? [] : [service]),
      ...endpointNames(chart),
      ...shared,
    ]),
  ];
};

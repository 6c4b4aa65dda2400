/** A certificate or kubeconfig signed anew, and whoever reads it started again: on any builder's cluster. */
import { absolutePath } from '../../model/path.js';
import type { CertificateRequest, Resource } from '../../model/resource.js';
import { idOf } from '../../model/resource.js';
import type { Certificate } from '../../pki/certificate.js';
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import { authorityPemOf } from '../read/authority.js';
import { controls } from '../read/hosts.js';
import { isOurs } from '../read/supervision.js';
import { certificatesInUse } from '../read/in-use.js';
import { certifiedNodeOf, ownNames } from '../read/node-name.js';
import { signedCertificate, signedKubeconfig } from './files.js';
import { restartOf } from './restart.js';
import { restoreAt } from './restore.js';

/** PEM of a CA, the true one where hosts disagree; '' where none was seen. */
export const authorityPem = (chart: Chart, ca: 'ca' | 'etcd/ca' | 'front-proxy-ca'): string =>
  authorityPemOf(chart, ca);

/** Which of the three CAs stands behind a path of kubeadm's layout. */
export const authorityOf = (path: string): 'ca' | 'etcd/ca' | 'front-proxy-ca' =>
  path.includes('front-proxy')
    ? 'front-proxy-ca'
    : path.includes('/etcd/') || path.includes('apiserver-etcd-client')
      ? 'etcd/ca'
      : 'ca';

/** The same request as the certificate that is there answers, with `sans` besides. */
export const requestLike = (path: string, old: Certificate, sans: readonly string[] = []): CertificateRequest => ({
  ca: authorityOf(path),
  commonName: old.commonName,
  organizations: old.organizations,
  sans: [...new Set([...old.names, ...old.ips, ...sans])],
  usages: (['server', 'client'] as const).filter(usage => old.usages.includes(usage)),
  days: 365,
});

/**
 * Whether the host may be given this. What lies on a worker is the worker's own word: with a certificate of
 * administrators among its files it is none.
 */
export const maySign = (chart: Chart, host: HostChart, request: CertificateRequest): boolean =>
  controls(host) ||
  (request.ca === 'etcd/ca' ? host.roles.includes('etcd') : request.ca === 'ca' && isNodes(chart, host, request));

const isNodes = (chart: Chart, host: HostChart, request: CertificateRequest): boolean => {
  const { commonName, organizations, sans } = request;
  const node = certifiedNodeOf(chart, host);
  const own = [...(node === undefined ? [] : [`system:node:${node}`, node]), 'system:kube-proxy', host.name];
  return (
    own.includes(commonName) &&
    organizations.every(one => one === 'system:nodes' || one === 'system:node-proxier') &&
    ownNames(chart, host, sans).length === sans.length
  );
};

/** Empty: nothing is known that could be signed again, or the host may not have it. */
export const reissue = (
  chart: Chart,
  host: HostChart,
  path: string,
  because: string,
  sans: readonly string[] = [],
): readonly Resource[] => {
  if (isOurs(chart)) return restoreAt(chart, host.name, path);
  const seen = 'value' in host.certificates ? host.certificates.value.find(one => one.path === path) : undefined;
  const config = 'value' in host.kubeconfigs ? host.kubeconfigs.value.find(one => one.path === path) : undefined;
  const old = seen?.certificates[0] ?? config?.client[0];
  const caPem = old && authorityPem(chart, authorityOf(path));
  const request = old && requestLike(path, old, config ? [] : sans);
  if (!request || !caPem || absolutePath(path) === undefined || !maySign(chart, host, request)) return [];
  const place = { host: host.name, because };
  const use = certificatesInUse(host).find(one => one.path === path && 'key' in one);
  const key = use && 'key' in use && use.key ? use.key : path.replace(/\.(crt|pem)$/, '.key');
  const made = config?.value
    ? signedKubeconfig(
        path,
        {
          request,
          caPem,
          server: config.value.server,
          cluster: config.value.cluster,
          user: config.value.user,
        },
        place,
      )
    : signedCertificate(path, key, request, caPem, place);
  return [made, ...restartOf(host, [path, ...(seen ? [key] : [])], because, [idOf(made)])];
};

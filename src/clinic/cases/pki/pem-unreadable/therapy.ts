/** The pair made anew by the cluster's CA: what cannot be read cannot be mended. */
import type { Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { type AuthorityName, authorityPaths, authorityPemOf } from '../../../read/authority.js';
import { isOurs } from '../../../read/supervision.js';
import { certificatesInUse, kubeconfigsInUse } from '../../../read/in-use.js';
import { signedCertificate, signedKubeconfig, textFile } from '../../../therapies/files.js';
import { requestAt } from '../../../therapies/kubeadm-pki.js';
import { authorityOf, maySign, requestLike } from '../../../therapies/reissue.js';
import { restarted } from '../../../therapies/restart.js';
import { restoreAt } from '../../../therapies/restore.js';
import { absolutePath } from '../../../../model/path.js';
import { idOf, type CertificateRequest, type Resource } from '../../../../model/resource.js';
import type { Finding } from './variants.js';

export const therapy = (finding: Finding, chart: Chart): Therapy | Refusal => {
  const host = chart.hosts.get(finding.host);
  const { path } = finding.facts;
  const want = !host ? [] : isOurs(chart) ? restoreAt(chart, host.name, path) : anew(chart, host, path);
  if (want.length > 0)
    return { title: `Make ${path} on ${finding.host} anew, with a key of its own`, risk: 'restart', want };
  return {
    refused: `what belongs into ${path} is not known: kubeadm keeps no such file, and nothing can be read from it`,
    advice: [
      `sign a new pair for ${path} by the CA that its clients trust, and restart who reads it`,
      'openssl x509 -in FILE and openssl pkey -in FILE say which part is broken',
    ],
  };
};

function anew(chart: Chart, host: HostChart, path: string): readonly Resource[] {
  const because = 'what is there cannot be read, or is of another pair';
  const place = { host: host.name, because };
  const authority = (Object.keys(authorityPaths) as AuthorityName[]).find(name => authorityPaths[name] === path);
  const caPem = authorityPemOf(chart, authority ?? authorityOf(path));
  if (caPem === '') return [];
  const made = authority
    ? textFile(path, caPem, 0o644, place)
    : path.endsWith('.conf')
      ? config(chart, host, path, caPem, because)
      : pair(chart, host, path, caPem, because);
  if (!made) return [];
  const programs = [...certificatesInUse(host), ...kubeconfigsInUse(host)]
    .filter(one => one.path === path && one.program !== 'kubectl')
    .map(one => one.program);
  return [made, ...[...new Set(programs)].map(program => restarted(host, program, [path], because, [idOf(made)]))];
}

function pair(chart: Chart, host: HostChart, path: string, caPem: string, because: string): Resource | undefined {
  const request = readableRequest(chart, host, path);
  const use = certificatesInUse(host).find(one => one.path === path && 'key' in one);
  const key = use && 'key' in use && use.key !== '' ? use.key : path.replace(/\.(crt|pem)$/, '.key');
  if (absolutePath(path) === undefined || absolutePath(key) === undefined) return undefined;
  return request && signedCertificate(path, key, request, caPem, { host: host.name, because });
}

/** kubeadm's own list first: what the unreadable file once said does not matter where it says nothing. */
const readableRequest = (chart: Chart, host: HostChart, path: string): CertificateRequest | undefined => {
  const seen = 'value' in host.certificates ? host.certificates.value.find(one => one.path === path) : undefined;
  const leaf = seen?.certificates.find(one => !one.isCa);
  const known = requestAt(chart, host, path);
  const like = leaf && requestLike(path, leaf);
  return known ?? (like && maySign(chart, host, like) ? like : undefined);
};

function config(chart: Chart, host: HostChart, path: string, caPem: string, because: string): Resource | undefined {
  const request = requestAt(chart, host, path);
  const seen = (one: HostChart) =>
    'value' in one.kubeconfigs ? one.kubeconfigs.value.find(each => each.path === path)?.value : undefined;
  // Another host's file of the same name tells the cluster and, where it is a shared address, the server.
  const model = seen(host) ?? [...chart.hosts.values()].map(seen).find(one => one !== undefined);
  const other = [...chart.hosts.values()].find(one => model?.server.includes(one.address));
  if (!request || !model) return undefined;
  const server = other ? model.server.replace(other.address, host.address) : model.server;
  return signedKubeconfig(
    path,
    { request, caPem, server, cluster: model.cluster, user: request.commonName },
    { host: host.name, because },
  );
}

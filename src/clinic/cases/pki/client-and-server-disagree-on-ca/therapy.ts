/** The true CA at both ends again: the blueprint's own files where there is one, single files otherwise. */
import type { Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { type AuthorityName, authorityPaths, authorityPemOf } from '../../../read/authority.js';
import { isOurs } from '../../../read/supervision.js';
import { flagsOf } from '../../../read/flags.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { textFile } from '../../../therapies/files.js';
import { editYaml, flagSet } from '../../../therapies/place.js';
import { reissue } from '../../../therapies/reissue.js';
import { restarted, restartOf } from '../../../therapies/restart.js';
import { restoreAt } from '../../../therapies/restore.js';
import { absolutePath } from '../../../../model/path.js';
import { idOf, type Resource } from '../../../../model/resource.js';
import type { EndFinding, ShowVariant, TrustVariant } from './variants.js';

/** `units`: files of the blueprint that must be right too. */
interface Row {
  readonly units: readonly string[];
  readonly flags?: Readonly<Record<string, string>>;
}

const unit = (program: string): string => `/etc/systemd/system/${program}.service`;
const api: Row = { units: [] };
const rows: Readonly<Record<TrustVariant | ShowVariant, Row>> = {
  'kubeconfig-ca': api,
  'client-certificate': api,
  'serving-certificate': { units: [unit('kube-apiserver')] },
  'kubelet-client-certificate': { units: [unit('kube-apiserver')] },
  'client-ca': { units: [unit('kube-apiserver')], flags: { 'kube-apiserver': 'client-ca-file' } },
  'kubelet-client-ca': { units: [unit('kubelet'), '/var/lib/kubelet/config.yaml'] },
  'load-balancer-ca': { units: ['/etc/kubernetes/haproxy/haproxy.cfg'] },
  'etcd-ca': {
    units: [unit('kube-apiserver'), unit('etcd')],
    flags: { 'kube-apiserver': 'etcd-cafile', etcd: 'trusted-ca-file' },
  },
  'etcd-certificate': { units: [unit('kube-apiserver'), unit('etcd')] },
  'etcd-peer-ca': { units: [unit('etcd')], flags: { etcd: 'peer-trusted-ca-file' } },
  'etcd-peer-certificate': { units: [unit('etcd')] },
};

export const therapy = ({ host: name, variant, facts }: EndFinding, chart: Chart): Therapy | Refusal => {
  const host = chart.hosts.get(name);
  const { path, authority } = facts;
  const row = rows[variant];
  const want = !host
    ? []
    : isOurs(chart)
      ? restoreAt(chart, name, path, authorityPaths[authority], ...row.units)
      : single(chart, host, path, authority, row);
  if (want.length > 0)
    return {
      title: `Give ${path} on ${name} the cluster's true CA again, and restart who reads it`,
      risk: 'restart',
      want,
    };
  return {
    refused: 'which CA is the true one cannot be told from what was seen',
    advice: [
      `find the CA whose key signs: openssl x509 -noout -pubkey -in ${authorityPaths[authority]} against ` +
        'openssl pkey -pubout of the key beside it',
      `copy that CA to ${path} on ${name}, and restart who reads it`,
    ],
  };
};

function single(
  chart: Chart,
  host: HostChart,
  path: string,
  authority: AuthorityName,
  { flags }: Row,
): readonly Resource[] {
  const caPem = authorityPemOf(chart, authority);
  if (caPem === '' || absolutePath(path) === undefined) return [];
  const because = 'both ends must hold the same CA';
  const isLeaf =
    'value' in host.certificates &&
    host.certificates.value.some(
      one => one.path === path && one.certificates[0]?.isCa === false && path !== authorityPaths[authority],
    );
  const isConfig = 'value' in host.kubeconfigs && host.kubeconfigs.value.some(one => one.path === path);
  const program = Object.entries(flags ?? {}).find(
    ([each, flag]) => path !== authorityPaths[authority] && flagsOf(host, each).inForce?.get(flag) === path,
  );
  if (program) return flagSet(host, program[0], { [program[1]]: authorityPaths[authority] }, because);
  if (path !== authorityPaths[authority] && !isConfig && (!isLeaf || !flags) && kubeletTrusts(host) === path)
    return kubeletAgain(host, because);
  if (isConfig || isLeaf) return reissue(chart, host, path, because);
  const file = textFile(path, caPem, 0o644, { host: host.name, because });
  return [file, ...restartOf(host, [path], because, [idOf(file)])];
}

const kubeletTrusts = (host: HostChart): unknown =>
  kubeletOf(host).value('authentication.x509.clientCAFile', 'client-ca-file');

const kubeletAgain = (host: HostChart, because: string): readonly Resource[] => {
  const { path } = kubeletOf(host);
  const file = editYaml(
    host,
    path,
    doc => doc.setIn(['authentication', 'x509', 'clientCAFile'], authorityPaths.ca),
    because,
  );
  return file ? [file, restarted(host, 'kubelet', [path], because, [idOf(file)])] : [];
};

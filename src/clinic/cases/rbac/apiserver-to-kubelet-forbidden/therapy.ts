import type { Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { flagsOf } from '../../../read/flags.js';
import { isOurs } from '../../../read/supervision.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { freshUnit } from '../../../therapies/files.js';
import { object } from '../../../therapies/object.js';
import { editYaml, flagSet } from '../../../therapies/place.js';
import { restore, restoreAt } from '../../../therapies/restore.js';
import { idOf, type Resource } from '../../../../model/resource.js';
import type { Facts, Finding } from './variants.js';

const group = 'rbac.authorization.k8s.io';

export const therapy = (finding: Finding, chart: Chart): Therapy | Refusal => {
  const host = chart.hosts.get(finding.host);
  const want =
    finding.variant === 'unbound'
      ? bound(finding.host, finding.facts, chart)
      : host
        ? onHost(finding, host, chart)
        : [];
  const title =
    finding.variant === 'unbound'
      ? `Allow ${finding.facts.who.user} to use kubelets, and nothing else`
      : finding.variant === 'no-certificate'
        ? `Let kube-apiserver on ${finding.host} show its certificate to kubelets`
        : `Let the kubelet on ${finding.host} know the cluster's CA`;
  return want.length > 0
    ? { title, risk: finding.variant === 'unbound' ? 'none' : 'restart', want }
    : {
        refused: 'no client certificate for kubelets was found beside the API server',
        advice: [
          'kubeadm init phase certs apiserver-kubelet-client',
          'then set --kubelet-client-certificate and --kubelet-client-key in its manifest',
        ],
      };
};

/** The role of the defaults for exactly this (bootstrappolicy/policy.go). */
function bound(host: string, { who }: Facts['unbound'], chart: Chart): readonly Resource[] {
  const ours = restore(
    chart,
    one => one.kind === 'object' && one.key.endsWith('clusterrolebindings/kubewizard:apiserver-to-kubelets'),
  );
  if (ours.length > 0 && who.user === 'kube-apiserver-kubelet-client') return ours;
  if (ours.length > 0)
    return restoreAt(
      chart,
      host,
      '/etc/kubernetes/pki/apiserver-kubelet-client.crt',
      '/etc/systemd/system/kube-apiserver.service',
    );
  return [
    object(
      `/apis/${group}/v1/clusterrolebindings/kubewizard:apiserver-to-kubelets`,
      {
        apiVersion: `${group}/v1`,
        kind: 'ClusterRoleBinding',
        metadata: { name: 'kubewizard:apiserver-to-kubelets' },
        roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'system:kubelet-api-admin' },
        subjects: [{ apiGroup: group, kind: 'User', name: who.user }],
      },
      { because: 'the API server may call kubelets' },
    ),
  ];
}

function onHost(finding: Finding, host: HostChart, chart: Chart): readonly Resource[] {
  if (isOurs(chart))
    return restoreAt(
      chart,
      host.name,
      finding.variant === 'no-certificate' ? '/etc/systemd/system/kube-apiserver.service' : kubeletOf(host).path,
    );
  if (finding.variant === 'no-certificate') {
    const path = '/etc/kubernetes/pki/apiserver-kubelet-client.crt';
    const there =
      'value' in host.certificates &&
      host.certificates.value.some(one => one.path === path && one.certificates.length > 0);
    return there
      ? flagSet(
          host,
          'kube-apiserver',
          { 'kubelet-client-certificate': path, 'kubelet-client-key': path.replace('.crt', '.key') },
          'kubelets ask who calls',
        )
      : [];
  }
  const ca = flagsOf(host, 'kube-apiserver').inForce?.get('client-ca-file') ?? '/etc/kubernetes/pki/ca.crt';
  const file = editYaml(
    host,
    kubeletOf(host).path,
    doc => doc.setIn(['authentication', 'x509', 'clientCAFile'], ca),
    "the API server's certificate is of this CA",
  );
  return file
    ? [
        file,
        freshUnit('kubelet.service', [file.key], {
          host: host.name,
          because: 'it reads its configuration at its start',
          stage: 'nodes',
          after: [idOf(file)],
        }),
      ]
    : [];
}

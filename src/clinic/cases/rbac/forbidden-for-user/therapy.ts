import type { Refusal, Therapy } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { fullName } from '../../../read/api-objects.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf, layout } from '../../../read/hosts.js';
import { listAt } from '../../../read/yaml.js';
import { masterRole } from '../../../therapies/default-roles.js';
import { signedKubeconfig } from '../../../therapies/files.js';
import { object } from '../../../therapies/object.js';
import { authorityPem } from '../../../therapies/reissue.js';
import { restore, restoreAt } from '../../../therapies/restore.js';
import type { Finding } from '../../../examine/verdict.js';
import type { Resource } from '../../../../model/resource.js';
import { plain } from './objects.js';

const group = 'rbac.authorization.k8s.io';

export const therapy = (finding: Finding, chart: Chart): Therapy | Refusal => {
  const want = resources(finding, chart);
  if (want.length > 0)
    return {
      title: titles[finding.variant]?.(finding) ?? finding.says,
      risk: finding.variant === 'cluster-admin' ? 'restart' : 'none',
      want,
    };
  return {
    refused: 'who may do what is for the owner of the cluster to say: the meant role is not known from here',
    advice: [
      `kubectl auth can-i --list --as=USER (what the user may do now)`,
      `make the role that ${finding.subject} points to, with the verbs that are needed and no more: kubectl create role NAME --verb=get,list --resource=pods -n NAMESPACE`,
      'or delete the binding and make it again for a role that exists: the roleRef of a binding cannot be changed',
    ],
  };
};

const titles: Readonly<Record<string, (finding: Finding) => string>> = {
  administrator: finding => `Sign ${finding.subject} on ${finding.host} again for the administrators' group`,
  'cluster-admin': () => 'Let the API server bring back its default role and binding cluster-admin',
  subject: finding => `Name the subject of ${finding.subject} as the server sees it`,
  'service-account': finding => `Make the service account ${finding.subject}, which has no rights by itself`,
};

const resources = (finding: Finding, chart: Chart): readonly Resource[] => {
  const [namespace = '', name = ''] = finding.subject.split('/');
  if (finding.variant === 'administrator') return administrator(finding, chart);
  if (finding.variant === 'cluster-admin') {
    const server =
      hostsOf(chart, 'controlPlane').find(host => flagsOf(host, 'kube-apiserver').running) ??
      hostsOf(chart, 'controlPlane')[0];
    return server ? [masterRole({ host: server.name, because: 'cluster-admin is a default of every version' })] : [];
  }
  if (finding.variant === 'service-account') {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`;
    const ours = restore(chart, one => one.key === path);
    return ours.length > 0
      ? ours
      : [
          object(
            path,
            { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
            { because: 'pods run as it' },
          ),
        ];
  }
  return finding.variant === 'subject' ? subject(finding, chart) : [];
};

/** A new key and certificate; what kubeadm 1.29 and later binds is bound by its own group. */
function administrator(finding: Finding, chart: Chart): readonly Resource[] {
  if (layout(chart) === 'kubewizard') return restoreAt(chart, finding.host, finding.subject);
  const host = chart.hosts.get(finding.host);
  const old =
    host && 'value' in host.kubeconfigs ? host.kubeconfigs.value.find(one => one.path === finding.subject) : undefined;
  const caPem = authorityPem(chart, 'ca');
  if (!old?.value || !caPem) return [];
  const wide = chart.api.objects[`clusterrolebindings.${group}`];
  const kubeadms =
    wide &&
    'value' in wide &&
    wide.value.some(one => one.metadata.name === 'kubeadm:cluster-admins') &&
    !finding.subject.endsWith('super-admin.conf');
  return [
    signedKubeconfig(
      finding.subject,
      {
        request: {
          ca: 'ca',
          commonName: old.value.user === '' ? 'kubernetes-admin' : (old.client[0]?.commonName ?? 'kubernetes-admin'),
          organizations: [kubeadms ? 'kubeadm:cluster-admins' : 'system:masters'],
          sans: [],
          usages: ['client'],
          days: 365,
        },
        caPem,
        server: old.value.server,
        cluster: old.value.cluster,
        user: old.value.user,
        renewBeforeDays: 7,
      },
      { host: finding.host, because: 'administrators are known by their group' },
    ),
  ];
}

function subject(finding: Finding, chart: Chart): readonly Resource[] {
  const wide = !finding.subject.includes('/');
  const list = chart.api.objects[`${wide ? 'cluster' : ''}rolebindings.${group}`];
  const found: ApiObject | undefined =
    list && 'value' in list ? list.value.find(one => fullName(one) === finding.subject) : undefined;
  if (!found) return [];
  const { name, namespace } = found.metadata;
  return [
    object(
      `/apis/${group}/v1/${wide ? '' : `namespaces/${namespace}/`}${wide ? 'cluster' : ''}rolebindings/${name}`,
      {
        apiVersion: `${group}/v1`,
        kind: wide ? 'ClusterRoleBinding' : 'RoleBinding',
        metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
        subjects: listAt(found, 'subjects').map(one => ({ ...one, name: plain(String(one.name)) })),
      },
      { because: 'no credential has quotes in its name', exact: ['subjects'], create: false },
    ),
  ];
}

import type { Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { nodeNameOf } from '../../../read/kubelet.js';
import { defaultRoles } from '../../../therapies/default-roles.js';
import { signedKubeconfig } from '../../../therapies/files.js';
import { object } from '../../../therapies/object.js';
import { flagSet } from '../../../therapies/place.js';
import { authorityPem, maySign } from '../../../therapies/reissue.js';
import { restarted } from '../../../therapies/restart.js';
import { restore, restoreAt } from '../../../therapies/restore.js';
import { absolutePath } from '../../../../model/path.js';
import { type CertificateRequest, idOf, type Resource } from '../../../../model/resource.js';
import type { Need } from '../../../read/needs.js';
import { subjectText } from '../../../examine/verdict.js';
import { name } from './diagnose.js';
import { type Facts, type Finding, needOf } from './variants.js';

const group = 'rbac.authorization.k8s.io';

export const therapy = (finding: Finding, chart: Chart): Therapy | Refusal => {
  const want = resources(finding, chart);
  if (want.length > 0) return { title: titleOf(finding), risk: 'restart', want };
  const it = subjectText(finding.subject);
  return {
    refused: `nothing here knows what ${it} was allowed`,
    advice: [
      `apply the manifest of ${it} again: it brings its ClusterRole and ClusterRoleBinding along`,
      'never bind cluster-admin instead',
    ],
  };
};

const titleOf = ({ variant, host, facts, subject }: Finding): string => {
  switch (variant) {
    case 'identity':
      return `Sign ${facts.path} again with the name that the defaults mean`;
    case 'authorizer':
      return `Run kube-apiserver on ${host} with Node and RBAC`;
    case 'service-account':
      return `Bind ${facts.namespace}/${facts.name} to its role again`;
    default:
      return `Let the API server bring back its default ${subjectText(subject)}`;
  }
};

const resources = ({ variant, host, facts }: Finding, chart: Chart): readonly Resource[] => {
  switch (variant) {
    case 'identity':
      return meantName(chart, host, facts);
    case 'authorizer':
      return authorizers(chart, host, facts.modes);
    case 'service-account':
      return addon(chart, facts);
    default:
      return defaults(chart, needOf(facts));
  }
};

const authorizers = (chart: Chart, name: string, modes: readonly string[]): readonly Resource[] => {
  const host = chart.hosts.get(name);
  if (!host) return [];
  return isOurs(chart)
    ? restoreAt(chart, name, '/etc/systemd/system/kube-apiserver.service')
    : flagSet(
        host,
        'kube-apiserver',
        { 'authorization-mode': [...new Set(['Node', 'RBAC', ...modes])].join(',') },
        'components are allowed by Node and RBAC',
      );
};

function meantName(chart: Chart, on: string, { path, program }: Facts['identity']): readonly Resource[] {
  const host = chart.hosts.get(on);
  if (!host) return [];
  if (isOurs(chart)) return restoreAt(chart, on, path);
  const old = 'value' in host.kubeconfigs ? host.kubeconfigs.value.find(one => one.path === path)?.value : undefined;
  const caPem = authorityPem(chart, 'ca');
  if (!old || !caPem || absolutePath(path) === undefined) return [];
  const [commonName, organizations] =
    program === 'kubelet' ? [`system:node:${nodeNameOf(host)}`, ['system:nodes']] : [`system:${program}`, []];
  const request: CertificateRequest = { ca: 'ca', commonName, organizations, sans: [], usages: ['client'], days: 365 };
  if (!maySign(chart, host, request)) return [];
  const signed = signedKubeconfig(
    path,
    {
      request,
      caPem,
      server: old.server,
      cluster: old.cluster,
      user: commonName,
    },
    { host: on, because: 'RBAC knows this name' },
  );
  return [signed, restarted(host, program, [path], 'it reads its kubeconfig only at its start', [idOf(signed)])];
}

/** Where somebody forbade the server to look after an object, that is taken back first. */
function defaults(chart: Chart, need: Need | undefined): readonly Resource[] {
  if (!need) return [];
  const place = need.namespace === undefined ? `/apis/${group}/v1/` : `/apis/${group}/v1/namespaces/${need.namespace}/`;
  const kinds =
    need.namespace === undefined
      ? ([
          ['ClusterRoleBinding', need.binding],
          ['ClusterRole', need.role],
        ] as const)
      : ([
          ['RoleBinding', need.binding],
          ['Role', need.role],
        ] as const);
  const cared = kinds.flatMap(([kind, called]) => {
    const list = chart.api.objects[`${kind.toLowerCase()}s.${group}`];
    const found =
      list && 'value' in list
        ? list.value.find(one => one.metadata.name === called && one.metadata.namespace === need.namespace)
        : undefined;
    return found?.metadata.annotations?.['rbac.authorization.kubernetes.io/autoupdate'] === 'false'
      ? [
          object(
            `${place}${kind.toLowerCase()}s/${called}`,
            {
              apiVersion: `${group}/v1`,
              kind,
              metadata: { name: called, annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' } },
            },
            { because: `the server shall look after ${name(need, called)}`, create: false },
          ),
        ]
      : [];
  });
  const server =
    hostsOf(chart, 'controlPlane').find(host => flagsOf(host, 'kube-apiserver').running) ??
    hostsOf(chart, 'controlPlane')[0];
  return server
    ? [
        ...cared,
        defaultRoles(need.who, need.permissions, {
          host: server.name,
          because: `${need.role} is a default of this version`,
          after: cared.map(idOf),
        }),
      ]
    : [];
}

/** Roles that kubeadm gives its addons (cmd/kubeadm/app/phases/addons), and Kubewizard its own. */
function addon(chart: Chart, { namespace, name: account }: Facts['service-account']): readonly Resource[] {
  const ours = restore(
    chart,
    one => one.kind === 'object' && one.key.includes(group) && one.key.endsWith(`system:${account}`),
  );
  if (ours.length > 0) return ours;
  const bind = (binding: string, role: string, sa: string) =>
    object(
      `/apis/${group}/v1/clusterrolebindings/${binding}`,
      {
        apiVersion: `${group}/v1`,
        kind: 'ClusterRoleBinding',
        metadata: { name: binding },
        roleRef: { apiGroup: group, kind: 'ClusterRole', name: role },
        subjects: [{ kind: 'ServiceAccount', name: sa, namespace: 'kube-system' }],
      },
      { because: `as kubeadm binds ${sa}` },
    );
  if (namespace !== 'kube-system') return [];
  if (account === 'kube-proxy') return [bind('kubeadm:node-proxier', 'system:node-proxier', 'kube-proxy')];
  if (account !== 'coredns') return [];
  return [
    object(
      `/apis/${group}/v1/clusterroles/system:coredns`,
      {
        apiVersion: `${group}/v1`,
        kind: 'ClusterRole',
        metadata: { name: 'system:coredns' },
        rules: [
          { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
          { apiGroups: [''], resources: ['nodes'], verbs: ['get'] },
          { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
        ],
      },
      { because: 'as kubeadm gives CoreDNS', exact: ['rules'] },
    ),
    bind('system:coredns', 'system:coredns', 'coredns'),
  ];
}

import type { Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { inNamespace } from '../../../read/api-objects.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { listAt } from '../../../read/yaml.js';
import { administratorAt } from '../../../therapies/kubeadm-pki.js';
import { masterRole } from '../../../therapies/default-roles.js';
import { signedKubeconfig } from '../../../therapies/files.js';
import { object } from '../../../therapies/object.js';
import { authorityPem } from '../../../therapies/reissue.js';
import { restore } from '../../../therapies/restore.js';
import { subjectText } from '../../../examine/verdict.js';
import { bindingKey } from '../../../../blueprint/access/rbac.js';
import { administratorsBinding } from '../../../../model/administrators.js';
import { absolutePath } from '../../../../model/path.js';
import type { Resource } from '../../../../model/resource.js';
import { bindingText, type Facts, type Finding, plain } from './variants.js';

const group = 'rbac.authorization.k8s.io';

export const therapy = (finding: Finding, chart: Chart): Therapy | Refusal => {
  const want = resources(finding, chart);
  if (want.length > 0)
    return {
      title: titleOf(finding),
      risk: finding.variant === 'cluster-admin' ? 'restart' : 'none',
      want,
    };
  return {
    refused: 'who may do what is for the owner of the cluster to say: the meant role is not known from here',
    advice: [
      `kubectl auth can-i --list --as=USER (what the user may do now)`,
      `make the role that ${subjectText(finding.subject)} points to, with the verbs that are needed and no ` +
        'more: kubectl create role NAME --verb=get,list --resource=pods -n NAMESPACE',
      'or delete the binding and make it again for a role that exists: the roleRef of a binding cannot be changed',
    ],
  };
};

const titleOf = ({ variant, host, facts }: Finding): string => {
  switch (variant) {
    case 'administrator':
      return `Sign ${facts.path} on ${host} again for the administrators' group`;
    case 'cluster-admin':
      return 'Let the API server bring back its default role and binding cluster-admin';
    case 'service-account':
      return `Make the service account ${facts.namespace}/${facts.name}, which has no rights by itself`;
    default:
      return `Name the subject of ${bindingText(facts)} as the server sees it`;
  }
};

const resources = ({ variant, host, facts }: Finding, chart: Chart): readonly Resource[] => {
  switch (variant) {
    case 'administrator':
      return administrator(host, facts.path, chart);
    case 'cluster-admin': {
      const server =
        hostsOf(chart, 'controlPlane').find(one => flagsOf(one, 'kube-apiserver').running) ??
        hostsOf(chart, 'controlPlane')[0];
      return server ? [masterRole({ host: server.name, because: 'cluster-admin is a default of every version' })] : [];
    }
    case 'service-account':
      return account(facts, chart);
    case 'subject':
      return subject(facts, chart);
    default:
      return [];
  }
};

const account = ({ namespace, name }: Facts['service-account'], chart: Chart): readonly Resource[] => {
  // Both become a part of the path.
  if (![namespace, name].every(one => /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(one))) return [];
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
};

/** A new key and certificate; what kubeadm 1.29 and later binds is bound by its own group. */
function administrator(name: string, path: string, chart: Chart): readonly Resource[] {
  // The certificate may be as it shall be, and what it needs in the API is gone.
  if (isOurs(chart)) {
    const binding = bindingKey(administratorsBinding);
    return restore(chart, one => one.key === binding || (one.host === name && one.key === path));
  }
  const host = chart.hosts.get(name);
  const old = host && 'value' in host.kubeconfigs ? host.kubeconfigs.value.find(one => one.path === path) : undefined;
  const caPem = authorityPem(chart, 'ca');
  if (!old?.value || !caPem || absolutePath(path) === undefined) return [];
  return [
    signedKubeconfig(
      path,
      {
        request: {
          ca: 'ca',
          ...administratorAt(chart, path, name, old.value.user === '' ? undefined : old.client[0]?.commonName),
          sans: [],
          usages: ['client'],
          days: 365,
        },
        caPem,
        server: old.value.server,
        cluster: old.value.cluster,
        user: old.value.user,
      },
      { host: name, because: 'administrators are known by their group' },
    ),
  ];
}

function subject({ namespace, binding }: Facts['subject'], chart: Chart): readonly Resource[] {
  const wide = namespace === undefined;
  const list = chart.api.objects[`${wide ? 'cluster' : ''}rolebindings.${group}`];
  const found = list && 'value' in list ? list.value.find(one => inNamespace(one, namespace, binding)) : undefined;
  if (!found) return [];
  return [
    object(
      `/apis/${group}/v1/${wide ? '' : `namespaces/${namespace}/`}${wide ? 'cluster' : ''}rolebindings/${binding}`,
      {
        apiVersion: `${group}/v1`,
        kind: wide ? 'ClusterRoleBinding' : 'RoleBinding',
        metadata: { name: binding, ...(namespace === undefined ? {} : { namespace }) },
        subjects: listAt(found, 'subjects').map(one => ({ ...one, name: plain(String(one.name)) })),
      },
      { because: 'no credential has quotes in its name', exact: ['subjects'], create: false },
    ),
  ];
}

/** Which lists of the API a chart holds, and what is kept of each object. */
import type { ApiObject } from '../../clinic/chart/chart.js';
import { redactTree } from '../../model/redaction/redact.js';

export interface List {
  readonly name: string;
  /** In the order in which they are tried: the first that the server has. */
  readonly paths: readonly string[];
  readonly cut?: (one: ApiObject) => ApiObject | undefined;
  readonly metadataOnly?: true;
}

export const bootstrapToken = 'bootstrap.kubernetes.io/token';

const core = (name: string, more: Partial<List> = {}): List => ({ name, paths: [`/api/v1/${name}`], ...more });
const group = (plural: string, api: string, versions: readonly string[] = ['v1'], more: Partial<List> = {}): List => ({
  name: `${plural}.${api}`,
  paths: versions.map(version => `/apis/${api}/${version}/${plural}`),
  ...more,
});

// biome-ignore lint/suspicious/noExplicitAny: API objects are open trees
type Tree = any;

/**
 * What cases read of a container. Of its environment only the names: values are the first place where people keep
 * passwords.
 */
const containersOf = (list: readonly Tree[] | undefined): readonly Tree[] | undefined =>
  list?.map(({ name, image, ports, livenessProbe, readinessProbe, startupProbe, resources, command, args, env }) => ({
    name,
    image,
    ports,
    livenessProbe,
    readinessProbe,
    startupProbe,
    ...(resources?.limits && { resources }),
    ...(command && { command }),
    ...(args && { args }),
    ...(env && { env: (env as readonly Tree[]).map(one => ({ name: one.name })) }),
  }));

const podOf = (one: ApiObject): ApiObject => {
  const { spec = {}, status = {} } = one as Tree;
  return {
    metadata: one.metadata,
    spec: {
      nodeName: spec.nodeName,
      hostNetwork: spec.hostNetwork,
      ...(status.phase === 'Pending' && { schedulerName: spec.schedulerName }),
      dnsPolicy: spec.dnsPolicy,
      priorityClassName: spec.priorityClassName,
      serviceAccountName: spec.serviceAccountName,
      containers: containersOf(spec.containers),
      ...(status.phase === 'Pending' && { tolerations: spec.tolerations, nodeSelector: spec.nodeSelector }),
    },
    status: {
      phase: status.phase,
      reason: status.reason,
      message: status.message,
      podIP: status.podIP,
      hostIP: status.hostIP,
      startTime: status.startTime,
      conditions: (status.conditions as readonly Tree[] | undefined)?.map(
        ({ type, status: state, reason, message, lastTransitionTime }) => ({
          type,
          status: state,
          ...((status.phase === 'Pending' || type === 'Ready') && { lastTransitionTime }),
          ...(reason && { reason }),
          ...(message && { message }),
        }),
      ),
      containerStatuses: (status.containerStatuses as readonly Tree[] | undefined)?.map(
        ({ name, ready, restartCount, state, lastState }) => ({ name, ready, restartCount, state, lastState }),
      ),
    },
  };
};

const workloadOf = (one: ApiObject): ApiObject => {
  const { template, ...spec } = (one as Tree).spec ?? {};
  const { containers, initContainers, ephemeralContainers: _, volumes: __, ...pod } = template?.spec ?? {};
  return {
    ...one,
    spec: {
      ...spec,
      ...(template && {
        template: {
          metadata: { name: '', ...template.metadata, annotations: undefined },
          spec: {
            ...pod,
            containers: containersOf(containers) ?? [],
            ...(initContainers && { initContainers: containersOf(initContainers) }),
          },
        },
      }),
    },
  };
};

const nodeOf = (one: ApiObject): ApiObject => {
  const { images: _, ...status } = (one as Tree).status ?? {};
  return { ...one, status };
};
const configMapOf = (one: ApiObject): ApiObject =>
  one.metadata.namespace === 'kube-system' ||
  one.metadata.namespace === 'kube-public' ||
  one.metadata.name === 'kube-root-ca.crt'
    ? { ...one, binaryData: undefined }
    : { metadata: one.metadata };
const eventOf = (one: ApiObject): ApiObject | undefined => {
  const { type, reason, message, involvedObject, count, lastTimestamp, eventTime, source } = one as Tree;
  return type === 'Normal'
    ? undefined
    : {
        metadata: { name: one.metadata.name, namespace: one.metadata.namespace ?? '' },
        type,
        reason,
        message,
        involvedObject,
        count,
        lastTimestamp: lastTimestamp ?? eventTime,
        source,
      };
};

export const lists: readonly List[] = [
  core('nodes', { cut: nodeOf }),
  core('pods', { cut: podOf }),
  core('services'),
  core('endpoints'),
  core('configmaps', { cut: configMapOf }),
  core('namespaces'),
  core('events', { cut: eventOf }),
  core('persistentvolumeclaims'),
  core('serviceaccounts'),
  core('secrets', {
    metadataOnly: true,
    paths: [`/api/v1/secrets?fieldSelector=${encodeURIComponent(`type!=${bootstrapToken}`)}`],
  }),
  group('certificatesigningrequests', 'certificates.k8s.io'),
  ...['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'].map(plural =>
    group(plural, 'rbac.authorization.k8s.io'),
  ),
  group('leases', 'coordination.k8s.io'),
  group('networkpolicies', 'networking.k8s.io', ['v1'], { metadataOnly: true }),
  group('apiservices', 'apiregistration.k8s.io'),
  group('validatingwebhookconfigurations', 'admissionregistration.k8s.io'),
  group('mutatingwebhookconfigurations', 'admissionregistration.k8s.io'),
  group('deployments', 'apps', ['v1'], { cut: workloadOf }),
  group('daemonsets', 'apps', ['v1'], { cut: workloadOf }),
  group('statefulsets', 'apps', ['v1'], { cut: workloadOf }),
  group('endpointslices', 'discovery.k8s.io', ['v1', 'v1beta1']),
];

/**
 * Without what no case reads (managed fields, what kubectl remembers), and redacted as it arrives: no report may leak
 * what a bundle would not.
 */
export const cutDown = (list: List, item: unknown): ApiObject | undefined => {
  const one = item as ApiObject;
  const { managedFields: _, selfLink: __, resourceVersion: ___, annotations, ...metadata } = one.metadata;
  const { 'kubectl.kubernetes.io/last-applied-configuration': ____, ...kept } = annotations ?? {};
  const slim: ApiObject = {
    ...one,
    metadata: { ...metadata, ...(Object.keys(kept).length > 0 && { annotations: kept }) },
  };
  return redactTree(list.cut ? list.cut(slim) : slim);
};

/** Of a bootstrap token all but its secret half. */
export const tokenOf = (item: unknown): ApiObject => {
  const { metadata, type, data = {} } = item as ApiObject & { readonly data?: Record<string, string> };
  const { managedFields: _, annotations: __, ...rest } = metadata;
  return redactTree({
    metadata: rest,
    type,
    data: Object.fromEntries(
      Object.entries(data as Record<string, string>)
        .filter(([key]) => key !== 'token-secret')
        .map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    ),
  });
};

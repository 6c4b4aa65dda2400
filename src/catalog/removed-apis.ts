/**
 * API versions that a minor stops serving. Source: kubernetes.io/docs/reference/using-api/deprecation-guide, and for
 * versions that were never on by default the release notes.
 */
import { minorNumber, minorOf } from './versions.js';

export interface RemovedApi {
  readonly kind: string;
  readonly plural: string;
  /** '' is the core group. */
  readonly group: string;
  readonly version: string;
  /** The first minor that does not serve it: `1.25`. */
  readonly gone: string;
  /** `group/version` of the same kind, and the minor that brought it. Absent: the kind has no heir. */
  readonly instead?: { readonly apiVersion: string; readonly since: string };
}

type Row = readonly [gone: string, apiVersion: string, instead: string, since: string, kinds: string];

/** Kinds as `Kind/plural`; `-` instead of an heir: there is none. */
const rows: readonly Row[] = [
  [
    '1.22',
    'admissionregistration.k8s.io/v1beta1',
    'admissionregistration.k8s.io/v1',
    '1.16',
    'MutatingWebhookConfiguration/mutatingwebhookconfigurations ' +
      'ValidatingWebhookConfiguration/validatingwebhookconfigurations',
  ],
  [
    '1.22',
    'apiextensions.k8s.io/v1beta1',
    'apiextensions.k8s.io/v1',
    '1.16',
    'CustomResourceDefinition/customresourcedefinitions',
  ],
  ['1.22', 'apiregistration.k8s.io/v1beta1', 'apiregistration.k8s.io/v1', '1.10', 'APIService/apiservices'],
  [
    '1.22',
    'certificates.k8s.io/v1beta1',
    'certificates.k8s.io/v1',
    '1.19',
    'CertificateSigningRequest/certificatesigningrequests',
  ],
  ['1.22', 'coordination.k8s.io/v1beta1', 'coordination.k8s.io/v1', '1.14', 'Lease/leases'],
  ['1.22', 'extensions/v1beta1', 'networking.k8s.io/v1', '1.19', 'Ingress/ingresses'],
  [
    '1.22',
    'networking.k8s.io/v1beta1',
    'networking.k8s.io/v1',
    '1.19',
    'Ingress/ingresses IngressClass/ingressclasses',
  ],
  [
    '1.22',
    'rbac.authorization.k8s.io/v1beta1',
    'rbac.authorization.k8s.io/v1',
    '1.8',
    'ClusterRole/clusterroles ClusterRoleBinding/clusterrolebindings Role/roles RoleBinding/rolebindings',
  ],
  ['1.22', 'scheduling.k8s.io/v1beta1', 'scheduling.k8s.io/v1', '1.14', 'PriorityClass/priorityclasses'],
  [
    '1.22',
    'storage.k8s.io/v1beta1',
    'storage.k8s.io/v1',
    '1.19',
    'CSIDriver/csidrivers CSINode/csinodes StorageClass/storageclasses VolumeAttachment/volumeattachments',
  ],
  ['1.22', 'authentication.k8s.io/v1beta1', 'authentication.k8s.io/v1', '1.6', 'TokenReview/tokenreviews'],
  [
    '1.22',
    'authorization.k8s.io/v1beta1',
    'authorization.k8s.io/v1',
    '1.6',
    'LocalSubjectAccessReview/localsubjectaccessreviews SelfSubjectAccessReview/selfsubjectaccessreviews ' +
      'SubjectAccessReview/subjectaccessreviews',
  ],
  ['1.25', 'batch/v1beta1', 'batch/v1', '1.21', 'CronJob/cronjobs'],
  ['1.25', 'discovery.k8s.io/v1beta1', 'discovery.k8s.io/v1', '1.21', 'EndpointSlice/endpointslices'],
  ['1.25', 'events.k8s.io/v1beta1', 'events.k8s.io/v1', '1.19', 'Event/events'],
  ['1.25', 'autoscaling/v2beta1', 'autoscaling/v2', '1.23', 'HorizontalPodAutoscaler/horizontalpodautoscalers'],
  ['1.25', 'policy/v1beta1', 'policy/v1', '1.21', 'PodDisruptionBudget/poddisruptionbudgets'],
  ['1.25', 'policy/v1beta1', '-', '', 'PodSecurityPolicy/podsecuritypolicies'],
  ['1.25', 'node.k8s.io/v1beta1', 'node.k8s.io/v1', '1.20', 'RuntimeClass/runtimeclasses'],
  ['1.26', 'autoscaling/v2beta2', 'autoscaling/v2', '1.23', 'HorizontalPodAutoscaler/horizontalpodautoscalers'],
  [
    '1.26',
    'flowcontrol.apiserver.k8s.io/v1beta1',
    'flowcontrol.apiserver.k8s.io/v1beta3',
    '1.26',
    'FlowSchema/flowschemas PriorityLevelConfiguration/prioritylevelconfigurations',
  ],
  ['1.27', 'storage.k8s.io/v1beta1', 'storage.k8s.io/v1', '1.24', 'CSIStorageCapacity/csistoragecapacities'],
  [
    '1.29',
    'flowcontrol.apiserver.k8s.io/v1beta2',
    'flowcontrol.apiserver.k8s.io/v1',
    '1.29',
    'FlowSchema/flowschemas PriorityLevelConfiguration/prioritylevelconfigurations',
  ],
  [
    '1.32',
    'flowcontrol.apiserver.k8s.io/v1beta3',
    'flowcontrol.apiserver.k8s.io/v1',
    '1.29',
    'FlowSchema/flowschemas PriorityLevelConfiguration/prioritylevelconfigurations',
  ],
  ['1.35', 'storagemigration.k8s.io/v1alpha1', '-', '', 'StorageVersionMigration/storageversionmigrations'],
];

export const removedApis: readonly RemovedApi[] = rows.flatMap(([gone, apiVersion, instead, since, kinds]) =>
  kinds.split(' ').map((word): RemovedApi => {
    const [kind = '', plural = ''] = word.split('/');
    const [group = '', version = ''] = apiVersion.split('/');
    return {
      kind,
      plural,
      group,
      version,
      gone,
      ...(instead === '-' ? {} : { instead: { apiVersion: instead, since } }),
    };
  }),
);

/** Those that are served by `from`, and not by `to` or a minor between them. */
export const apisRemovedBetween = (from: string, to: string): readonly RemovedApi[] =>
  removedApis.filter(({ gone }) => minorNumber(gone) > minorOf(from) && minorNumber(gone) <= minorOf(to));

export const apiVersionOf = ({ group, version }: Pick<RemovedApi, 'group' | 'version'>): string =>
  group === '' ? version : `${group}/${version}`;

import type { ClusterSpec } from '../../model/cluster.js';
import type { Evidence } from '../../model/fact.js';
import type { Resource } from '../../model/resource.js';
import type { HostChart } from './host-chart.js';
import type { TrafficSeen } from '../../facts/traffic/seen.js';

/**
 * Everything that was seen of a cluster, at one time. A value: saved in a bundle, examined tomorrow on another control
 * machine.
 */
export interface Chart {
  /** The control machine's clock when the evidence was asked for, ISO 8601. */
  readonly now: string;
  /** Every host that was to be asked, also those that did not answer. */
  readonly hosts: ReadonlyMap<string, HostChart>;
  readonly api: ApiChart;
  /** The cluster file, for a cluster that Kubewizard built. */
  readonly spec?: ClusterSpec;
  /** What the blueprint wants there: most therapies are some of it, wanted again. */
  readonly wanted?: readonly Resource[];
  /** Components that the operator stopped on purpose and said so (`--stopped kw-2`). */
  readonly stopped?: readonly string[];
  /** Packets that were sent along the data path; absent: nobody tried, since no host was asked over ssh. */
  readonly traffic?: TrafficSeen;
}

/** An API object, cut down to what cases read (no managedFields, no secret values). */
export type ApiObject = {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly uid?: string;
    // biome-ignore lint/suspicious/noExplicitAny: API objects are open trees; cases narrow what they read
    readonly [key: string]: any;
  };
  // biome-ignore lint/suspicious/noExplicitAny: API objects are open trees; cases narrow what they read
  readonly [key: string]: any;
};

export interface ApiChart {
  /** Which server answered, its version; or why none did. */
  readonly version: Evidence<{ readonly gitVersion: string; readonly server: string }>;
  /**
   * By plural and group: `nodes`, `pods`, `services`, `endpoints`, `configmaps`, `namespaces`, `events`,
   * `persistentvolumeclaims`, `serviceaccounts`, `certificatesigningrequests.certificates.k8s.io`,
   * `clusterroles.rbac…`, `clusterrolebindings…`, `roles…`, `rolebindings…`, `leases.coordination.k8s.io`,
   * `apiservices.apiregistration.k8s.io`, `validatingwebhookconfigurations.admissionregistration.k8s.io`,
   * `mutatingwebhookconfigurations…`, `deployments.apps`, `daemonsets.apps`, `statefulsets.apps`,
   * `endpointslices.discovery.k8s.io`, `secrets` (names, types and annotations only; of bootstrap tokens the expiration
   * and usages).
   */
  readonly objects: Readonly<Record<string, Evidence<readonly ApiObject[]>>>;
}

/** Admission: what the API server refuses or warns of beyond its own defaults, and the file that says how. */
import { stringify } from 'yaml';
import { minorOf } from '../../catalog/index.js';
import type { ClusterSpec } from '../../model/cluster.js';
import { bySize } from '../sizes/by-hosts.js';

/** What the owner's flags leave of ours: a plugin that is named as on and as off stops the API server. */
export function admissionPlugins({ kubernetes, components }: ClusterSpec): readonly string[] {
  const flags = components.apiserver.extraArgs;
  const off = (flags['disable-admission-plugins'] ?? '').split(',');
  return [
    'NodeRestriction',
    // A Service may otherwise take any address, and with it the traffic of others (CVE-2020-8554).
    ...(minorOf(kubernetes) >= 21 ? ['DenyServiceExternalIPs'] : []),
    // Without a configuration of its own it does not start, and the owner's file may have none.
    ...(flags['admission-control-config-file'] === undefined ? ['EventRateLimit'] : []),
  ].filter(name => !off.includes(name));
}

export const admissionText = (spec: ClusterSpec): string =>
  stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AdmissionConfiguration',
    plugins: [
      { name: 'EventRateLimit', configuration: eventRates(spec) },
      ...(minorOf(spec.kubernetes) >= 23 ? [{ name: 'PodSecurity', configuration: podSecurity(spec) }] : []),
    ],
  });

/** A loop that reports each second must not fill etcd. Who is over his rate is told to try later (429). */
const eventRates = (spec: ClusterSpec) => {
  const { server, namespace } = bySize(spec).events;
  return {
    apiVersion: 'eventratelimit.admission.k8s.io/v1alpha1',
    kind: 'Configuration',
    limits: [
      { type: 'Server', qps: server, burst: server * 10 },
      { type: 'Namespace', qps: namespace, burst: namespace * 10, cacheSize: 2000 },
      { type: 'SourceAndObject', qps: 10, burst: 100, cacheSize: 4096 },
    ],
  };
};

/**
 * Nothing is refused that ran before: network, storage and log agents of today need what `baseline` forbids. But
 * whoever makes such a pod is told, and the audit log keeps it, so that a namespace can be closed by a label when its
 * warnings have ended.
 */
const podSecurity = ({ kubernetes }: ClusterSpec) => ({
  apiVersion: `pod-security.admission.config.k8s.io/${minorOf(kubernetes) >= 25 ? 'v1' : 'v1beta1'}`,
  kind: 'PodSecurityConfiguration',
  defaults: {
    enforce: 'privileged',
    'enforce-version': 'latest',
    audit: 'baseline',
    'audit-version': 'latest',
    warn: 'baseline',
    'warn-version': 'latest',
  },
  exemptions: { usernames: [], runtimeClasses: [], namespaces: ['kube-system'] },
});

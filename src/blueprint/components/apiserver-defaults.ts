/** What an API server in production is told beyond what it needs to run. */
import { stringify } from 'yaml';
import { hasFlag, minorOf } from '../../catalog/index.js';
import { type ClusterSpec, withRole } from '../../model/cluster.js';
import { admissionConfig, authenticationConfig } from '../render/paths.js';
import { bySize } from '../sizes/by-hosts.js';
import { admissionPlugins } from './admission.js';
import { ciphers } from './ciphers.js';

export function apiserverDefaults(spec: ClusterSpec): Readonly<Record<string, string>> {
  const has = (flag: string) => hasFlag('kube-apiserver', flag, spec.kubernetes);
  const { inflight } = bySize(spec);
  return {
    'admission-control-config-file': admissionConfig,
    'enable-admission-plugins': admissionPlugins(spec).join(','),
    'enable-aggregator-routing': 'true',
    'max-mutating-requests-inflight': String(inflight.writes),
    'max-requests-inflight': String(inflight.reads),
    'request-timeout': '1m0s',
    'service-account-extend-token-expiration': 'false',
    'tls-cipher-suites': ciphers.join(','),
    'tls-min-version': 'VersionTLS12',
    ...goodbye(spec),
    // Without it one that ends waits a whole minute for clients that stay connected, and answers nobody: measured.
    ...(has('shutdown-send-retry-after') ? { 'shutdown-send-retry-after': 'true' } : {}),
    ...(limitsAnonymous(spec) ? { 'authentication-config': authenticationConfig } : {}),
  };
}

/**
 * An API server that ends says first that it is not ready, and serves on until the load balancer has seen it: ours
 * asks every two seconds and believes the second answer. Where there is none nobody could go elsewhere.
 */
function goodbye({ endpoint, ...spec }: ClusterSpec): Readonly<Record<string, string>> {
  const ours = endpoint.balance === 'local' || endpoint.balance === 'virtual-address';
  if (endpoint.balance === 'direct') return {};
  return {
    'shutdown-delay-duration': ours ? '6s' : '20s',
    // Connections of HTTP/2 never end by themselves: after a rollout all would hang on the server that was first back.
    ...(ours && withRole({ endpoint, ...spec }, 'controlPlane').length > 1 ? { 'goaway-chance': '0.001' } : {}),
  };
}

/**
 * Anonymous requests only where health and version are asked (by load balancers, and by the doctor of a host whose own
 * credentials are ill), and where a host that joins by token finds the cluster. Other ways to
 * say who may come in (`oidc-*`, `anonymous-auth`, a file of the owner's) exclude this one.
 */
export const limitsAnonymous = ({ kubernetes, components }: ClusterSpec): boolean =>
  minorOf(kubernetes) >= 32 &&
  !Object.keys(components.apiserver.extraArgs).some(
    flag => flag.startsWith('oidc-') || flag === 'anonymous-auth' || flag === 'authentication-config',
  );

const anonymousPaths = [
  '/healthz',
  '/livez',
  '/readyz',
  '/version',
  '/api/v1/namespaces/kube-public/configmaps/cluster-info',
];

export const authenticationText = ({ kubernetes }: ClusterSpec): string =>
  stringify({
    apiVersion: `apiserver.config.k8s.io/${minorOf(kubernetes) >= 34 ? 'v1' : 'v1beta1'}`,
    kind: 'AuthenticationConfiguration',
    anonymous: { enabled: true, conditions: anonymousPaths.map(path => ({ path })) },
  });

import { parseVersion } from './versions.js';

/** Minors that each may be older and newer than an API server. Kubelets and kube-proxies: one more from 1.25 on. */
const limits = {
  'kube-apiserver': { older: 1, newer: 1 },
  'kube-controller-manager': { older: 1, newer: 0 },
  'kube-scheduler': { older: 1, newer: 0 },
  kubelet: { older: 2, newer: 0 },
  'kube-proxy': { older: 2, newer: 0 },
  kubectl: { older: 1, newer: 1 },
} as const;

export type Skewed = keyof typeof limits;

/**
 * May this program (another API server included) stand beside this API server?
 * Source: kubernetes.io/releases/version-skew-policy.
 */
export const allowedSkew = (apiserver: string, version: string, program: Skewed = 'kubelet'): boolean => {
  const [server, other] = [parseVersion(apiserver), parseVersion(version)];
  if (!server || !other || server.major !== other.major) return false;
  const { older, newer } = limits[program];
  const more = (program === 'kubelet' || program === 'kube-proxy') && other.minor >= 25 ? 1 : 0;
  const behind = server.minor - other.minor;
  return behind <= older + more && -behind <= newer;
};

/** An upgrade goes one minor at a time, and never back. */
export const allowedUpgrade = (from: string, to: string): boolean => {
  const [old, next] = [parseVersion(from), parseVersion(to)];
  if (!old || !next || old.major !== next.major) return false;
  if (next.minor === old.minor) return next.patch >= old.patch;
  return next.minor === old.minor + 1;
};

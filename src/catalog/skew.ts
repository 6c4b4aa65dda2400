import { parseVersion } from './versions.js';

/**
 * May this kubelet talk to this API server? Never newer; at most two minors older, three from kubelet 1.25 on.
 * Source: kubernetes.io/releases/version-skew-policy.
 */
export const allowedSkew = (apiserver: string, kubelet: string): boolean => {
  const [server, node] = [parseVersion(apiserver), parseVersion(kubelet)];
  if (!server || !node || server.major !== node.major) return false;
  const older = server.minor - node.minor;
  return older >= 0 && older <= (node.minor >= 25 ? 3 : 2);
};

/** An upgrade goes one minor at a time, and never back. */
export const allowedUpgrade = (from: string, to: string): boolean => {
  const [old, next] = [parseVersion(from), parseVersion(to)];
  if (!old || !next || old.major !== next.major) return false;
  if (next.minor === old.minor) return next.patch >= old.patch;
  return next.minor === old.minor + 1;
};

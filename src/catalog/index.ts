/** What is true of each Kubernetes version from 1.20 to 1.37. */
export { flagLife, flagName, flagPresence, flagsOf, hasFlag, type FlagComponent, type FlagPresence } from './flags.js';
export { containerdFields, type FieldComponent, fieldLife, fieldPresence, fieldsOf } from './fields.js';
export { bumps, corruptionChecks, type EtcdLine, etcdLine, etcdLines, etcdUpgradeRefused } from './etcd.js';
export { containerdFor, type KnownHole, knownHoles, runcVersion, type RuntimeProgram } from './runtime.js';
export { pinnedDigest } from './digests.js';
export { endOfLife } from './end-of-life.js';
export { gateLife, gateLocked, gatePresence } from './gates.js';
export { lifeInWords } from './life.js';
export {
  type MetricsServer,
  metricsServerFor,
  metricsServerImage,
  oldestWithMetricsServer,
} from './metrics-server.js';
export { proxyFieldOf } from './proxy-flags.js';
export type { Release } from './release.js';
export { debianVersion, defaultVersion, release, releases } from './releases.js';
export { apisRemovedBetween, apiVersionOf, type RemovedApi, removedApis } from './removed-apis.js';
export { flagReplacement } from './replacements.js';
export { allowedSkew, allowedUpgrade, type Skewed } from './skew.js';
export { compareVersions, minorNumber, minorOf, parseVersion } from './versions.js';

/** How long an API server takes to end: as long as it is told to be reachable, and then until its watches have gone. */

const requestTimeout = '1m0s';

/**
 * Seconds, at most. `shutdown-delay-duration` passes first; then requests that are under way, watches among them, have
 * `request-timeout` to end (k8s.io/apiserver, pkg/server/genericapiserver.go: NonLongRunningRequestContext and
 * ShutdownTimeout). Where anybody watches, which controllers and kubelets always do, all of it is used.
 */
export const drainSeconds = (flags: Readonly<Record<string, string>>): number =>
  secondsIn(flags['shutdown-delay-duration'] ?? '0s') + secondsIn(flags['request-timeout'] ?? requestTimeout);

const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };

/** Go's durations: `1m0s`, `1.5h`, `200ms`; what is none counts as 0. */
const secondsIn = (text: string): number =>
  [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0),
    0,
  );

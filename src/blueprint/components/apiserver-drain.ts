/** How long an API server takes to end. */

const requestTimeout = '1m0s';

/** What net/http gives a client to take its leave, and the exit (measured: 3.1 s from the signal to ready again). */
const goodbyes = 3;

/**
 * Seconds. `shutdown-delay-duration` passes first. With `shutdown-send-retry-after` the server then ends as soon as
 * short requests have; without it, it waits `request-timeout` for watches, which controllers and kubelets always have
 * (k8s.io/apiserver, pkg/server/genericapiserver.go: NonLongRunningRequestContext and ShutdownTimeout).
 */
export const drainSeconds = (flags: Readonly<Record<string, string>>): number =>
  secondsIn(flags['shutdown-delay-duration'] ?? '0s') +
  (flags['shutdown-send-retry-after'] === 'true' ? goodbyes : secondsIn(flags['request-timeout'] ?? requestTimeout));

const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };

/** Go's durations: `1m0s`, `1.5h`, `200ms`; what is none counts as 0. */
const secondsIn = (text: string): number =>
  [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0),
    0,
  );

/** Pods that may still hold what they have read at their start: a token, and the CA that is given with it. */
export interface Named {
  readonly metadata?: { readonly namespace?: string; readonly name?: string };
}
export type Pod = Named & {
  readonly spec?: {
    readonly volumes?: readonly Volume[];
    readonly containers?: readonly { readonly volumeMounts?: readonly { readonly mountPath?: string }[] }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly startTime?: string;
    readonly containerStatuses?: readonly {
      readonly state?: { readonly running?: { readonly startedAt?: string } };
    }[];
  };
};
interface Volume {
  readonly projected?: { readonly sources?: readonly { readonly serviceAccountToken?: object }[] };
}

export const nameOf = ({ metadata }: Named): string => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;

/** `shop/web-1`, of those that hold a token and run since before. @param since Seconds since 1970. */
export const podsSince = (pods: readonly Pod[], since: number): readonly string[] =>
  pods.filter(pod => isOld(pod, since)).map(nameOf);

/** Without a token in its files it holds none; containers that were restarted since have read theirs again. */
const isOld = (pod: Pod, since: number): boolean => {
  const { phase, startTime, containerStatuses = [] } = pod.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed' || !holdsToken(pod)) return false;
  const starts = containerStatuses.map(({ state }) => Date.parse(state?.running?.startedAt ?? startTime ?? '') / 1000);
  const first = Math.min(...(starts.length > 0 ? starts : [Date.parse(startTime ?? '') / 1000]));
  // Who does not say when it began has perhaps begun before.
  return !(first > since);
};

const holdsToken = ({ spec }: Pod): boolean =>
  (spec?.volumes ?? []).some(({ projected }) => (projected?.sources ?? []).some(one => one.serviceAccountToken)) ||
  (spec?.containers ?? []).some(one => (one.volumeMounts ?? []).some(({ mountPath }) => mountPath === usualPlace));

const usualPlace = '/var/run/secrets/kubernetes.io/serviceaccount';

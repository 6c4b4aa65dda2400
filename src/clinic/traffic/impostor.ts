/**
 * A refusal proves that a packet has arrived only if the pod's own kernel refused it: a rule on the way can say the
 * same. Each kernel counts what it refuses.
 */
import type { PodEnd, ProbeSeen, Trace } from '../../facts/traffic/seen.js';
import { keyOf } from './broken.js';

type Protocol = 'udp' | 'tcp';

/** What a pod's kernel must have refused of what was sent, by protocol. */
const owed = (pod: PodEnd, protocol: Protocol, sent: readonly ProbeSeen[]): number =>
  sent.filter(one => one.to.pod?.netns === pod.netns && one.outcome === 'refused' && protocolOf(one) === protocol)
    .length;

/** What is counted is told by what answered. */
const protocolOf = ({ kind }: ProbeSeen): Protocol | undefined =>
  kind === 'tcp' ? 'tcp' : kind === 'udp' || kind === 'large' ? 'udp' : undefined;

/** `after`: the pods once more, when all that was sent had been answered. What is refused by nobody is in doubt. */
export const inDoubt = (
  seen: readonly ProbeSeen[],
  sent: readonly ProbeSeen[],
  after: readonly PodEnd[],
): readonly ProbeSeen[] => {
  const byNetns = new Map(after.map(pod => [pod.netns, pod]));
  const short = new Set<string>();
  for (const { to } of sent) {
    const [was, is] = [to.pod?.refused, to.pod && byNetns.get(to.pod.netns)?.refused];
    if (!to.pod || !was || !is) continue;
    for (const protocol of ['udp', 'tcp'] as const)
      if (is[protocol] - was[protocol] < owed(to.pod, protocol, sent)) short.add(`${to.pod.netns} ${protocol}`);
  }
  return seen.map(one =>
    one.outcome === 'refused' && short.has(`${one.to.pod?.netns} ${protocolOf(one)}`)
      ? { ...one, outcome: 'impostor' }
      : one,
  );
};

/** Only where many more of them did not arrive either, the refusal was somebody else's. */
export const proven = (seen: readonly ProbeSeen[], traces: readonly Trace[]): readonly ProbeSeen[] => {
  const lost = new Set(
    traces.filter(({ sent, arrived }) => arrived !== undefined && arrived < sent * 0.7).map(one => keyOf(one.probe)),
  );
  return seen.map(one => (one.outcome === 'impostor' && !lost.has(keyOf(one)) ? { ...one, outcome: 'refused' } : one));
};

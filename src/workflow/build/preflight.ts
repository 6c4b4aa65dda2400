/** Looks whether hosts that carry nothing of Kubewizard yet can be built upon. */
import { factValue } from '../fact-value.js';
import type { Session } from '../../engine/session.js';
import { type PreflightFacts, preflight as question } from '../../preflight/questions.js';
import { type Finding, warning } from '../../preflight/finding.js';
import { judgePreflight } from '../../preflight/judge.js';
import { targetsOf, virtualAddressOf } from '../../preflight/targets.js';
import type { HostFacts } from '../../model/host-facts.js';

/** Nothing is asked of hosts that already have their part of the cluster: a run with nothing to do must be quick. */
export async function preflight(
  session: Pick<Session, 'spec' | 'ask'>,
  facts: ReadonlyMap<string, HostFacts>,
  clock: () => Date,
): Promise<readonly Finding[]> {
  const { spec } = session;
  const fresh = spec.hosts.filter(host => isFresh(facts.get(host.name)));
  // Who was not seen may be off: that is told by itself, and is not a fault of the others.
  const unseen = new Set(spec.hosts.filter(host => !facts.has(host.name)).map(host => host.address));
  const asked = fresh.map(host => ({
    host: host.name,
    fact: question({
      targets: targetsOf(spec, host).filter(target => !unseen.has(target.address)),
      etcd: host.roles.includes('etcd'),
      virtualAddress: virtualAddressOf(spec, host),
    }),
  }));
  const heardAt = new Map<string, number>();
  const answers = await session.ask(
    asked.map(({ host, fact }) => ({
      id: host,
      host,
      question: fact.question,
      heard: () => void heardAt.set(host, clock().getTime() / 1000),
    })),
  );
  const seen = new Map<string, PreflightFacts>();
  const silent: Finding[] = [];
  for (const { host, fact } of asked) {
    const answer = factValue(fact, answers.get(host));
    if ('value' in answer) seen.set(host, answer.value);
    else
      silent.push({
        host,
        ...unanswered(answer.why),
      });
  }
  return [...silent, ...judgePreflight(spec, seen, heardAt)];
}

const unanswered = (why: string) =>
  warning(
    'preflight-unanswered',
    `nothing is known of it before the build: ${why}`,
    'look whether commands end on it; then try again',
  );

/** A host on which nothing of a cluster was seen. */
export const isFresh = (facts: HostFacts | undefined): boolean =>
  facts !== undefined && facts.podCidr === '' && !facts.etcdDataExists;

export const stops = (findings: readonly Finding[]): boolean => findings.some(finding => finding.severity === 'error');

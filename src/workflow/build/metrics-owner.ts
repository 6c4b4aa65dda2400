import { account, apiService } from '../../blueprint/metrics/objects.js';
import type { MetricsOwner } from '../../blueprint/input.js';
import type { Session } from '../../engine/session.js';
import { object, type ObjectState } from '../../facts/object.js';
import type { HostFacts } from '../../model/host-facts.js';
import { clusterHost } from '../../model/resource.js';
import { metricsOwner } from '../../plan/metrics-owner.js';

/** Before a first build there is no API to ask. */
export async function askMetricsOwner(
  session: Pick<Session, 'ask'>,
  seen: ReadonlyMap<string, Pick<HostFacts, 'built'>>,
): Promise<MetricsOwner | undefined> {
  if (![...seen.values()].some(({ built }) => built)) return undefined;
  const facts = [apiService, account].map(path => ({ path, fact: object(path) }));
  const answers = await session.ask(
    facts.map(({ path, fact }) => ({ id: path, host: clusterHost, question: fact.question })),
  );
  return metricsOwner(
    facts.map(({ path, fact }): ObjectState | undefined => {
      const answer = answers.get(path);
      if (!answer || 'missing' in answer) return undefined;
      try {
        return fact.parse(answer.raw);
      } catch {
        return undefined;
      }
    }),
  );
}

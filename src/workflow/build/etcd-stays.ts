/** Refuses a file that would move etcd, or change a key that is final: the mistakes that a cluster does not survive. */
import { etcdctl } from '../../blueprint/components/etcd.js';
import { memberList } from '../../blueprint/components/etcd-first-start.js';
import { doubtful, etcdMoved } from '../../blueprint/components/etcd-members.js';
import type { Session } from '../../engine/session.js';
import type { HostFacts } from '../../model/host-facts.js';
import { finalKeys } from '../../plan/final-keys.js';
import { Mistaken } from '../mistaken.js';

/** Asks the hosts a second time only where their units and the file disagree. Throws Mistaken. */
export async function etcdStays(
  session: Pick<Session, 'spec' | 'ask'>,
  facts: ReadonlyMap<string, HostFacts>,
  ca?: string,
): Promise<void> {
  const { spec } = session;
  const asked = doubtful(spec, facts);
  const answers =
    asked.length === 0
      ? new Map<string, never>()
      : await session.ask(
          asked.map(host => ({
            id: host.name,
            host: host.name,
            question: { ask: 'host', script: memberList(etcdctl({ host })) },
          })),
        );
  const lists = new Map(
    [...answers].flatMap(([host, answer]) => ('raw' in answer ? [[host, answer.raw] as const] : [])),
  );
  const problems = [...etcdMoved(spec, facts, lists), ...finalKeys(spec, facts, ca)];
  if (problems.length > 0) throw new Mistaken(problems);
}

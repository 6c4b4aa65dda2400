/**
 * Which nodes that the file does not name any more are still in the cluster: the API is asked only where there are
 * such.
 */
import type { Session } from '../../engine/session.js';
import type { HostFacts, Peer } from '../../model/host-facts.js';
import { clusterHost } from '../../model/resource.js';
import { leftOut } from '../../plan/leaving.js';

/** One that the API does not know any more has been removed; where nobody answers, all of them stay. */
export async function leavingNodes(
  session: Pick<Session, 'spec' | 'ask'>,
  facts: ReadonlyMap<string, HostFacts>,
): Promise<readonly Peer[]> {
  const left = leftOut(session.spec, facts);
  if (left.length === 0) return [];
  const answers = await session.ask(
    left.map(({ name }) => ({
      id: name,
      host: clusterHost,
      question: { ask: 'api', path: `/api/v1/nodes/${encodeURIComponent(name)}` },
    })),
  );
  return left.filter(({ name }) => {
    const answer = answers.get(name);
    return !(answer && 'raw' in answer && statusOf(answer.raw) === 404);
  });
}

const statusOf = (raw: string): unknown => {
  try {
    return (JSON.parse(raw) as { readonly status?: unknown } | null)?.status;
  } catch {
    return undefined;
  }
};

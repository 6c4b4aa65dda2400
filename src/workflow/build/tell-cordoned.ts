/** After a run that did not come to its end: nodes that take no pods, since it had begun with them. */
import type { Session } from '../../engine/session.js';
import { nodeDrain } from '../../facts/node-drain.js';
import type { EventBody } from '../../model/event.js';
import type { Plan } from '../../model/plan.js';

export async function tellCordoned(
  session: Pick<Session, 'ask'>,
  { steps }: Pick<Plan, 'steps'>,
  emit: (body: EventBody) => void,
): Promise<void> {
  const nodes = steps.flatMap(step => step.actions).flatMap(one => (one.do === 'drain' ? [one.node] : []));
  if (nodes.length === 0) return;
  const facts = nodes.map(node => nodeDrain(node));
  const answers = await session.ask(facts.map(({ id, question }) => ({ id, host: 'cluster', question })));
  for (const [at, node] of nodes.entries()) {
    const answer = answers.get(facts[at]?.id ?? '');
    const seen = facts[at]?.parse(answer && 'raw' in answer ? answer.raw : '');
    if (seen?.is === 'unseen')
      emit({ type: 'note', host: node, says: 'whether it takes pods was not seen; kw up looks again' });
    if (seen?.is === 'node' && seen.mark.cordoned)
      emit({ type: 'note', host: node, says: 'it stays cordoned: kw up goes on with it; by hand: kubectl uncordon' });
  }
}

/** What the hosts and the API answer to all that is wanted. */
import { goneAnswers } from '../../blueprint/components/gone.js';
import type { Input } from '../../blueprint/input.js';
import type { Session } from '../../engine/session.js';
import { clusterHost, idOf, type Resource, type ResourceId } from '../../model/resource.js';
import type { Answer } from '../../plan/read-answer.js';

export async function answersFor(
  session: Pick<Session, 'read'>,
  input: Input,
  resources: readonly Resource[],
): Promise<ReadonlyMap<ResourceId, Answer>> {
  const answers = new Map<ResourceId, Answer>(await session.read(resources));
  for (const id of goneAnswers(input)) answers.set(id, { raw: '{"status":404,"body":null}' });
  for (const resource of resources) {
    const answer = answers.get(idOf(resource));
    // An API that does not answer (yet) is no reason to leave out what lives in it: each step looks again before it
    // acts.
    if (resource.host === clusterHost && answer && 'missing' in answer)
      answers.set(idOf(resource), { raw: '{"status":0,"body":null}' });
  }
  return answers;
}

/** Who still uses an endpoint that is about to be served no more: asked only where one is. */
import type { Input } from '../../blueprint/input.js';
import type { Session } from '../../engine/session.js';
import { endpointUsers } from '../../facts/host/endpoint-users.js';
import { parseEndpoint } from '../../net/endpoint.js';
import { droppedEndpoints, judgeDropped, routerIdTaken } from '../../preflight/endpoint-drops.js';
import type { Finding } from '../../preflight/finding.js';
import { factValue } from '../fact-value.js';

export async function endpointDropped(
  { ask }: Pick<Session, 'ask'>,
  input: Pick<Input, 'spec' | 'facts'>,
): Promise<readonly Finding[]> {
  const asked = droppedEndpoints(input).flatMap(dropped => {
    const endpoint = parseEndpoint(dropped.at);
    return endpoint ? [{ dropped, fact: endpointUsers(endpoint) }] : [];
  });
  const taken = routerIdTaken(input);
  if (asked.length === 0) return taken;
  const hosts = [...input.facts.keys()];
  const idOf = (host: string, at: string): string => `${host} ${at}`;
  const answers = await ask(
    asked.flatMap(({ dropped: { at }, fact }) =>
      hosts.map(host => ({ id: idOf(host, at), host, question: fact.question })),
    ),
  );
  const found = asked.flatMap(({ dropped, fact }) => {
    const users = hosts.map(host => {
      const answer = factValue(fact, answers.get(idOf(host, dropped.at)));
      return [host, 'value' in answer ? answer.value : undefined] as const;
    });
    return judgeDropped(input, dropped, new Map(users));
  });
  return [...taken, ...found];
}

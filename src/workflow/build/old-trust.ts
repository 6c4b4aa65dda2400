/** Whom a CA that was signed anew leaves with the certificate that they have read at their start: said, by name. */
import { list } from '../../kube/list.js';
import type { EventBody } from '../../model/event.js';
import type { Session } from '../../engine/session.js';
import { type Pod, podsSince } from '../pods-since.js';
import type { Drafted } from './draft.js';

const shown = 10;

/** Nothing where the cluster's own CA stays as it was. An API that does not answer is for others to tell. */
export async function tellOldTrust(
  session: Pick<Session, 'api'>,
  { renewed, input }: Pick<Drafted, 'renewed' | 'input'>,
  emit: (body: EventBody) => void,
): Promise<void> {
  const until = renewed.find(({ name }) => name === 'ca')?.ends;
  if (until === undefined || input.renewed === undefined) return;
  const pods = await list(await session.api(), '/api/v1/pods').catch(() => []);
  const old = podsSince(pods as readonly Pod[], Date.parse(input.renewed) / 1000);
  if (old.length === 0) return;
  const more = old.length > shown ? `, and ${old.length - shown} more` : '';
  emit({
    type: 'note',
    says:
      `pods that run since before the CA was signed anew: ${old.slice(0, shown).join(', ')}${more}. Whoever of them ` +
      `calls the API, and has read ca.crt once, has the certificate that ends on ${until.slice(0, 10)}: kubectl ` +
      'rollout restart what owns it',
  });
}

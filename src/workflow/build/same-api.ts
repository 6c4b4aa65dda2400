/**
 * The API that answers is the file's own: two clusters may have one CA (its owner's, or a copied folder), and never one
 * `kube-system`.
 */
import { claim, forgetUid, rememberedIdentity } from '../../engine/vault/identity.js';
import type { Session } from '../../engine/session.js';
import { object } from '../../facts/object.js';
import { withRole } from '../../model/cluster.js';
import { WorldFailed } from '../../model/event.js';
import type { HostFacts } from '../../model/host-facts.js';
import { clusterHost } from '../../model/resource.js';
import { factValue } from '../fact-value.js';

type Asked = Pick<Session, 'spec' | 'dir' | 'ask'>;
type Facts = ReadonlyMap<string, Pick<HostFacts, 'etcdDataExists'>>;

const question = object('/api/v1/namespaces/kube-system');

/** Throws WorldFailed (refused) with both UIDs; where nobody answers, CAs and etcd's ids have told what can be told. */
export async function sameApi(session: Asked, facts: Facts): Promise<void> {
  if (isFounding(session, facts)) return forgetUid(session.dir);
  const uid = await uidOf(session);
  if (uid === undefined) return;
  const known = await rememberedIdentity(session.dir);
  if (known.uid !== undefined && known.uid !== uid) throw otherApi(session.dir, known.uid, uid);
  await claim(session.dir, { authorities: known.authorities, uid });
}

/** All of etcd's hosts were seen, and none holds data: whatever is built has a `kube-system` of its own. */
const isFounding = ({ spec }: Asked, facts: Facts): boolean =>
  withRole(spec, 'etcd').every(({ name }) => facts.get(name)?.etcdDataExists === false);

async function uidOf({ ask }: Asked): Promise<string | undefined> {
  const { id } = question;
  const seen = factValue(question, (await ask([{ id, host: clusterHost, question: question.question }])).get(id));
  if (!('value' in seen) || seen.value.is !== 'object') return undefined;
  const { metadata } = seen.value.body as { readonly metadata?: { readonly uid?: unknown } };
  const uid = metadata?.uid;
  return typeof uid === 'string' && /^[0-9a-f-]{36}$/.test(uid) ? uid : undefined;
}

const otherApi = (dir: string, known: string, seen: string): WorldFailed =>
  new WorldFailed({
    class: 'refused',
    message:
      `the API that answers is another cluster's: its kube-system is ${seen}, and the one that ${dir} remembers is ` +
      `${known}. Both have the same CA. Nothing was changed`,
    help:
      'run kw in the folder of that cluster. If this very cluster was built anew without kw, move identity.json in ' +
      'that folder away: the CA in it then tells',
  });

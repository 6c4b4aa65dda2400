/** Where an etcd is founded is written down on the control machine before its first step: no file may found another. */
import { etcdHosts } from '../../blueprint/access/certificates.js';
import { claim, forgetEtcd, rememberedIdentity } from '../../engine/vault/identity.js';
import type { Session } from '../../engine/session.js';
import { carried } from '../../facts/host/carried.js';
import { founds } from '../../preflight/etcd-founding.js';
import { factValue } from '../fact-value.js';
import type { Drafted } from './draft.js';

type Asked = Pick<Session, 'spec' | 'dir' | 'ask'>;

/** Runs `act`, which says by its argument when it begins; of hosts that got no data nothing is remembered after it. */
export async function rememberingEtcd<T>(
  session: Asked,
  { input }: Pick<Drafted, 'input'>,
  act: (foundsNow: () => Promise<void>) => Promise<T>,
): Promise<T> {
  let begun = false;
  const founding = founds(session.spec, input.facts);
  const foundsNow = async (): Promise<void> => {
    if (!founding) return;
    begun = true;
    const members = etcdHosts(session.spec).map(({ name, address }) => ({ name, address }));
    await claim(session.dir, { ...(await rememberedIdentity(session.dir)), members });
  };
  try {
    return await act(foundsNow);
  } finally {
    if (begun) await correct(session);
  }
}

/** By what the hosts themselves say; of one that does not answer the worse is believed. */
async function correct({ spec, dir, ask }: Asked): Promise<void> {
  const hosts = etcdHosts(spec);
  const answers = await ask(hosts.map(({ name }) => ({ id: name, host: name, question: carried.question })));
  const seen = hosts.map(host => ({ host, answer: factValue(carried, answers.get(host.name)) }));
  const ids = seen.flatMap(({ answer }) => ('value' in answer ? (answer.value.etcdCluster ?? []) : []));
  const etcd = [...new Set(ids)];
  if (etcd.length > 0) await claim(dir, { ...(await rememberedIdentity(dir)), etcd });
  await forgetEtcd(
    dir,
    seen.flatMap(({ host, answer }) => ('value' in answer && !answer.value.etcdData ? [host] : [])),
  );
}

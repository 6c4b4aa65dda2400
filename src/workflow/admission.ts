/**
 * Which hosts a command may go on with, asked before anything else: a host of another cluster stops it, with both
 * identities in words, and nothing has been fetched from it by then.
 */
import { factValue } from './fact-value.js';
import type { Session } from '../engine/session.js';
import { claim, knownCluster, rememberedIdentity } from '../engine/vault/identity.js';
import { carried as question } from '../facts/host/carried.js';
import { takenBack } from '../facts/taken-back.js';
import { type ClusterSpec, type Host, withRole } from '../model/cluster.js';
import { WorldFailed } from '../model/event.js';
import type { ByThemselves, WayBackOnHost } from '../model/taken-back.js';
import type { Certificate } from '../pki/certificate.js';
import { type AuthoritySeen, seenIn } from '../pki/standing.js';
import { membersNow } from '../preflight/etcd-founding.js';
import { heirOf } from '../preflight/heir.js';
import { type Carriers, ownersOf, type Purpose, stoppedBy } from '../preflight/owners.js';
import {
  carriedText,
  fingerprintsIn,
  type KnownCluster,
  knownText,
  type Owner,
  shownId,
} from '../preflight/ownership.js';
import { mistaken } from './mistaken.js';

export interface Admission {
  readonly purpose: Purpose;
  /** What the control machine lacks of the cluster's keys is copied from its hosts; absent: it stays there. */
  readonly keys?: 'fetch';
  /** It works on a cluster that others built too; absent: it is refused there, unless it only looks. */
  readonly adopted?: true;
  /** `kw-2=3f9c0d2a41bb`: hosts that are taken over from another cluster, each with what it showed. */
  readonly takeOver?: readonly string[] | undefined;
}

type Asked = Pick<Session, 'spec' | 'dir' | 'lost' | 'ask' | 'lose' | 'takeOver'>;

export interface Admitted {
  /** What hosts took back by themselves, asked along. */
  readonly back: ByThemselves;
  /** What this cluster's control planes have of its CA: by it a session trusts, and signs. */
  readonly authorities: ReadonlyMap<string, AuthoritySeen>;
  /** The CA that came while this control machine was away. */
  readonly heir?: Certificate;
}

/** Throws WorldFailed (refused), Mistaken for a word that takes over what it does not name. */
export async function admit(session: Asked, { purpose, takeOver = [] }: Admission): Promise<Admitted> {
  const known = await knownCluster(session.dir, session.spec);
  const { carriers, back } = await askHosts(session);
  const owners = ownersOf(known, carriers);
  const stopped = stoppedBy(purpose, owners);
  const taken = takenOver(takeOver, known, carriers, session);
  const left = stopped.filter(host => !taken.has(host));
  if (left.length > 0) throw refused(session, known, carriers, owners, left);
  if (purpose === 'change') session.takeOver(new Set(stopped));
  // Of somebody else's cluster nothing is kept: a file without its mark must find a folder that knows nothing.
  const heir = heirOf(known, carriers);
  if (!session.spec.adopted) await remember(session, carriers, owners, heir ? known.authorities : []);
  const isOurs = (host: string): boolean => owners.get(host) === 'ours';
  return {
    back: new Map([...back].filter(([host]) => isOurs(host))),
    authorities: authoritiesSeen(session.spec, carriers, isOurs),
    ...(heir && { heir }),
  };
}

const authoritiesSeen = (
  spec: ClusterSpec,
  carriers: Carriers,
  isOurs: (host: string) => boolean,
): Admitted['authorities'] =>
  new Map(
    withRole(spec, 'controlPlane').flatMap(({ name }) => {
      const { ca: trust, caSigner: signer, caNext: next } = carriers.get(name) ?? {};
      if (trust === undefined || !isOurs(name)) return [];
      const mark = { trust, ...(signer !== undefined && { signer }), ...(next !== undefined && { next }) };
      return [[name, seenIn(mark)] as const];
    }),
  );

/** Who does not say whose it is counts as not seen: it is not acted upon. */
async function askHosts(session: Asked): Promise<{ readonly carriers: Carriers; readonly back: ByThemselves }> {
  const hosts = session.spec.hosts.map(host => host.name).filter(host => !session.lost.has(host));
  const answers = await session.ask(
    hosts.flatMap(host => [
      { id: host, host, question: question.question },
      { id: `${host} ${takenBack.id}`, host, question: takenBack.question },
    ]),
  );
  const carriers = new Map<string, ReturnType<typeof question.parse>>();
  const back = new Map<string, WayBackOnHost>();
  for (const host of hosts) {
    const byItself = factValue(takenBack, answers.get(`${host} ${takenBack.id}`));
    if ('value' in byItself) back.set(host, byItself.value);
    const answer = factValue(question, answers.get(host));
    if ('value' in answer) carriers.set(host, answer.value);
    else
      session.lose(host, {
        class: 'exit',
        host,
        message: `it does not say which cluster it belongs to: ${answer.why}`,
      });
  }
  return { carriers, back };
}

/** Of a host that the file does not name: whose it is, and what it carries, in words. */
export interface Beside {
  readonly owner: Owner | 'unseen';
  readonly carries: string;
  /** Kubewizard's own marks are there, though it may be empty otherwise. */
  readonly marked: boolean;
}

/** What does not say whose it is counts as not seen. */
export async function carriedBeside(
  session: Pick<Session, 'spec' | 'dir' | 'ask'>,
  hosts: readonly string[],
): Promise<ReadonlyMap<string, Beside>> {
  if (hosts.length === 0) return new Map();
  const known = await knownCluster(session.dir, session.spec);
  const answers = await session.ask(hosts.map(host => ({ id: host, host, question: question.question })));
  return new Map(
    hosts.map((host): readonly [string, Beside] => {
      const answer = factValue(question, answers.get(host));
      if (!('value' in answer)) return [host, { owner: 'unseen', carries: answer.why, marked: false }];
      const owner = ownersOf(known, new Map([[host, answer.value]])).get(host) ?? 'unknown';
      return [host, { owner, carries: carriedText(answer.value), marked: answer.value.marked }];
    }),
  );
}

function takenOver(
  words: readonly string[],
  known: KnownCluster,
  carriers: Carriers,
  { spec }: Asked,
): ReadonlySet<string> {
  const named = words.flatMap(word => word.split(',')).filter(Boolean);
  return new Set(
    named.map(word => {
      const [name = '', id = ''] = word.split('=');
      if (!spec.hosts.some(host => host.name === name))
        throw mistaken('unknown-host', `--take-over ${word}: there is no host ${name} in the file`, `kw plan names it`);
      const carried = carriers.get(name);
      if (carried && id !== shownId(known, carried))
        throw mistaken(
          'wrong-phrase',
          `--take-over ${word}: ${name} carries ${carriedText(carried)}`,
          `--take-over ${name}=${shownId(known, carried)}`,
        );
      return name;
    }),
  );
}

const shown = 10;

function refused(
  { spec, dir }: Asked,
  known: KnownCluster,
  carriers: Carriers,
  owners: ReadonlyMap<string, Owner>,
  hosts: readonly string[],
): WorldFailed {
  const says = hosts.slice(0, shown).flatMap(host => {
    const carried = carriers.get(host);
    const also = owners.get(host) === 'mixed' ? 'this cluster and also ' : '';
    return carried ? [`${host} carries ${also}${carriedText(carried)}`] : [];
  });
  const more = hosts.length > shown ? `; so do ${hosts.length - shown} more` : '';
  const taken = hosts.slice(0, shown).flatMap(host => {
    const carried = carriers.get(host);
    return carried ? [`--take-over ${host}=${shownId(known, carried)}`] : [];
  });
  const nothingKnown = known.authorities.length === 0 ? `; of it nothing is known in ${dir} yet` : `, kept in ${dir}`;
  return new WorldFailed({
    class: 'refused',
    message:
      `not a host of this cluster: ${says.join('; ')}${more}. The file is of ${knownText(known)}${nothingKnown}. ` +
      'Nothing was changed, and nothing was copied',
    help:
      `use that cluster's own file, in its own folder (a file's name: is never changed; ${spec.name} is what this ` +
      'one says); look at a cluster that kw did not build with kw doctor --hosts; kw reset with its own file frees ' +
      `its hosts. What no cluster needs any more: ${taken.join(' ')}`,
  });
}

/**
 * Only what signs and keeps tells who the cluster is: a worker's word is not remembered.
 * @param before CAs whose place another one has taken: it is the same cluster.
 */
async function remember(
  { spec, dir }: Asked,
  carriers: Carriers,
  owners: ReadonlyMap<string, Owner>,
  before: readonly string[],
): Promise<void> {
  const keepers = [...withRole(spec, 'controlPlane'), ...withRole(spec, 'etcd')]
    .filter(host => owners.get(host.name) === 'ours')
    .flatMap(host => carriers.get(host.name) ?? []);
  const authorities = [...new Set([...before, ...keepers.flatMap(one => fingerprintsIn(one.ca))])].sort();
  const etcd = [...new Set(keepers.flatMap(one => one.etcdCluster ?? []))];
  if (authorities.length === 0) return;
  const holds = ({ name }: Host): boolean => owners.get(name) === 'ours' && carriers.get(name)?.etcdData === true;
  const { members: known = [] } = await rememberedIdentity(dir);
  const members = membersNow(known, withRole(spec, 'etcd'), spec.hosts.filter(holds));
  await claim(dir, { authorities, ...(etcd.length > 0 && { etcd }), ...(members.length > 0 && { members }) });
}

/** What is other than the last run left it; changes nothing, and asks no lock. */
import { type Remembered, rememberedIn } from '../engine/applied.js';
import type { Session } from '../engine/session.js';
import type { Applied, Difference, LastApplied, Origin } from '../model/drift.js';
import { clusterHost } from '../model/resource.js';
import { kwBuild } from '../model/version.js';
import { alsoBySudo, traced } from '../plan/drift/author.js';
import { type Compared, compare } from '../plan/drift/compare.js';
import { tracedObject } from '../plan/drift/object-author.js';
import { wantedBefore } from '../plan/drift/wants.js';
import { fromField } from '../resources/object/field.js';
import { refuseAdopted } from './adopted.js';
import { inputFor } from './build/draft.js';
import type { ClusterFile } from './cluster-file.js';
import { type AllTraces, tracesOf } from './drift/traces.js';
import { type Wanted, wantedThenAndNow } from './drift/wanting.js';
import type { Ports } from './ports.js';
import { artifactsOf, begin, within } from './story.js';

export interface Drift {
  /** Absent: this control machine remembers none. */
  readonly last?: LastApplied;
  /** A journal that could not be read, so that nobody knows what was applied last. */
  readonly unreadJournal?: Remembered['unread'];
  /** The cluster file is another than the one that was applied. */
  readonly fileChanged: boolean;
  /** Why differences cannot be told from what the file asks for, where that is so. */
  readonly why?: string;
  readonly differences: readonly Difference[];
  readonly examined: number;
  readonly unseen: readonly { readonly host: string; readonly why: string }[];
  /** Hosts whose word on who did it could not be read. */
  readonly unread: AllTraces['unread'];
  /** Hosts of the file that carry nothing of the cluster, and never did. */
  readonly newHosts: readonly string[];
  /** Hosts that the file does not name any more: nobody looked at them. */
  readonly formerHosts: readonly string[];
}

export async function drift(file: ClusterFile, ports: Ports): Promise<Drift> {
  refuseAdopted(file.spec);
  const story = begin(ports, file.warnings);
  const remembered = await rememberedIn(file.dir);
  const { last, later } = remembered;
  const artifacts = artifactsOf(story, file.spec);
  return within(story, file, { purpose: 'look' }, async session => {
    const { input, unseen } = await inputFor(story, session, artifacts);
    const wanted = await wantedThenAndNow(story, session, file, input, last);
    const without = new Set(last?.without ?? []);
    const compared = compare({
      ...wanted,
      kinds: story.craft.kinds,
      without,
      later,
      wantedBefore: last?.wants !== undefined && last.version !== kwBuild ? wantedBefore(last.wants) : undefined,
    });
    const { gone, fresh } = emptyHosts(compared, wanted, last);
    const found = [...compared.differences, ...gone];
    const traces = await tracesOf(session, found, last, ports.clock);
    return {
      ...(last ? { last: shown(last) } : {}),
      ...(remembered.unread ? { unreadJournal: remembered.unread } : {}),
      fileChanged: last !== undefined && last.file !== file.text,
      ...(wanted.why === undefined ? {} : { why: wanted.why }),
      differences: inOrder(session, attributed(found, traces, wanted, remembered)),
      examined: compared.examined,
      unseen: merged(unseen, compared.unseen),
      unread: traces.unread,
      newHosts: fresh,
      formerHosts: wanted.formerHosts,
    };
  });
}

/** Without the text of the file. */
const shown = ({ at, command, owner, without, version }: Applied): LastApplied => ({
  at,
  command,
  owner,
  without,
  ...(version === undefined ? {} : { version }),
});

/**
 * Told once, not thing by thing. Where nobody knows what was left, a host that is empty was perhaps emptied: some run
 * built this cluster, or others of its hosts say so.
 */
function emptyHosts({ empty }: Compared, { now, left }: Wanted, last: Applied | undefined) {
  const had = new Set(last ? left?.resources.map(({ host }) => host) : []);
  const built = now.resources.some(({ host }) => host !== clusterHost && !empty.includes(host));
  const originOf = (host: string): 'host' | 'unknown' | 'fresh' => {
    if (last?.without.includes(host) || (!left && (last || built))) return 'unknown';
    return had.has(host) ? 'host' : 'fresh';
  };
  return {
    fresh: empty.filter(host => originOf(host) === 'fresh'),
    gone: empty.flatMap(host => {
      const origin = originOf(host);
      return origin === 'fresh' ? [] : [emptied(host, origin)];
    }),
  };
}

const emptied = (host: string, origin: Origin): Difference => ({
  id: `${host}/host/${host}`,
  host,
  kind: 'host',
  key: host,
  origin,
  changes: [{ field: 'cluster', was: 'a host of this cluster', is: 'nothing of the cluster is on it' }],
  next: 'back',
  by: [],
});

function attributed(
  found: readonly Difference[],
  traces: AllTraces,
  { now, left }: Wanted,
  known: Remembered,
): readonly Difference[] {
  const { hosts, writes } = traces;
  return found.map(one => {
    if (one.host !== clusterHost) return traced(one, hosts.get(one.host), known);
    const answer = left?.answers.get(one.id) ?? now.answers.get(one.id);
    const raw = answer && 'raw' in answer ? answer.raw : undefined;
    const told = tracedObject(traced(one, undefined, known), { raw, writes }, known.last, fromField);
    return alsoBySudo(told, [...hosts.values()], known.last);
  });
}

/** In the order of the file, the API behind the hosts. */
function inOrder({ spec }: Session, all: readonly Difference[]): readonly Difference[] {
  const place = new Map(spec.hosts.map(({ name }, at) => [name, at]));
  const at = ({ host }: Difference): number => place.get(host) ?? spec.hosts.length;
  return all.toSorted((one, other) => at(one) - at(other));
}

function merged(...all: readonly Compared['unseen'][]): Compared['unseen'] {
  return [...new Map(all.flat().map(one => [one.host, one])).values()];
}

/** Somebody asked for it in the file, or Kubewizard itself does: no host has drifted. */
export const isDrift = ({ origin }: Difference): boolean => origin !== 'file' && origin !== 'wish';

export const verdictOf = ({ differences, unseen, unreadJournal }: Drift): 'drift' | 'unseen' | 'none' =>
  differences.some(isDrift) ? 'drift' : unseen.length > 0 || unreadJournal ? 'unseen' : 'none';

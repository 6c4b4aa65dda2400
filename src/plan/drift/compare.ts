/** What was left, what is there, what is asked for now: three states of each thing, and what differs. */
import type { Difference, LaterStep, Moved, Origin } from '../../model/drift.js';
import type { Change, Resource, ResourceId } from '../../model/resource.js';
import { idOf } from '../../model/resource.js';
import { traitsOf } from '../../resources/index.js';
import { isConfiguration, isRunner } from '../disruption.js';
import type { Before } from './wants.js';
import { type Answer, type KindTable, type Reading, readAnswer } from '../read-answer.js';

/** Things that are wanted, and what their questions were answered. */
export interface Wanting {
  readonly resources: readonly Resource[];
  readonly answers: ReadonlyMap<ResourceId, Answer>;
}

export interface Comparing {
  readonly kinds: KindTable;
  /** As the cluster file is now. */
  readonly now: Wanting;
  /** As the file was when it was applied last; `now` itself where it is the same. Absent: nobody remembers. */
  readonly left: Wanting | undefined;
  /** Hosts that the last run did not see: of what it left there nothing is known. */
  readonly without: ReadonlySet<string>;
  readonly later: readonly LaterStep[];
  /** What another version of Kubewizard wanted, where that was the last run's; absent: this one, and so the same. */
  readonly wantedBefore?: ((one: Resource) => Before) | undefined;
}

export interface Compared {
  /** Without time and author yet: they are asked for what differs alone. */
  readonly differences: readonly Difference[];
  readonly unseen: readonly { readonly host: string; readonly why: string }[];
  /** Things that were seen. */
  readonly examined: number;
  /** Hosts without any file of the cluster: told as a whole, not thing by thing. */
  readonly empty: readonly string[];
}

export function compare({ kinds, now, left, without, later, wantedBefore }: Comparing): Compared {
  const unseen = new Map<string, string>();
  const looked = (wanting: Wanting) => new Map(readings(wanting, kinds, unseen));
  const wanted = looked(now);
  const before = left === now ? wanted : left && looked(left);
  const runs = new Set(later.map(({ id }) => id));
  const found: (Difference & { readonly want: unknown })[] = [];
  let examined = 0;
  for (const [id, one] of new Map([...(before ?? []), ...wanted])) {
    const { host, kind, key, want } = one.resource;
    const after = wanted.get(id)?.changes;
    const known = before !== undefined && !without.has(host);
    const leftThere = known ? before.get(id) : undefined;
    const was = leftThere?.changes;
    if (after || was) examined += 1;
    // What was left there and nobody could see now is not what the file alone asks for.
    const remembered = known && (was !== undefined || !before.has(id));
    const told = judge(was, after, remembered, runs.has(id), leftThere && wantedBefore?.(leftThere.resource));
    if (!told) continue;
    found.push({ id, host, kind, key, ...told, by: [], want });
  }
  const empty = emptyHosts([...wanted.values()], found);
  return {
    differences: withoutConsequences(found.filter(({ host }) => !empty.has(host))),
    empty: [...empty],
    unseen: [...unseen].map(([host, why]) => ({ host, why })),
    examined,
  };
}

interface Looked {
  readonly resource: Resource;
  readonly changes: readonly Change[] | undefined;
}

function* readings(
  { resources, answers }: Wanting,
  kinds: KindTable,
  unseen: Map<string, string>,
): Iterable<readonly [ResourceId, Looked]> {
  for (const resource of resources) {
    if (traitsOf(resource.kind).passing) continue;
    const id = idOf(resource);
    const reading = readingOf(resource, answers.get(id), kinds);
    const seen = 'changes' in reading;
    if (!seen && !unseen.has(resource.host)) unseen.set(resource.host, reading.missing);
    yield [id, { resource, changes: seen ? reading.changes : undefined }];
  }
}

/** An API that does not answer hides its objects: for a plan they are to be made, and here they are not seen. */
function readingOf(resource: Resource, answer: Answer | undefined, kinds: KindTable): Reading {
  const { question } = kinds[resource.kind]?.read(resource.key, resource.want) ?? {};
  if (question?.ask === 'api') {
    if (!answer || 'missing' in answer) return { missing: answer?.missing ?? 'it was not asked' };
    const status = /^\{"status":(\d+)/.exec(answer.raw)?.[1];
    if (status !== '200' && status !== '404') return { missing: status === '0' ? silent : `it answers ${status}` };
  }
  return readAnswer(resource, answer, kinds);
}

const silent = 'it does not answer';

type Told = Pick<Difference, 'origin' | 'changes' | 'next' | 'wantedOtherwise'>;

/**
 * @param was What differs from what was left; undefined: it was not left so, or nobody saw.
 * @param after What differs from what the file asks for now; undefined: nothing is asked for, or nobody saw.
 */
function judge(
  was: readonly Change[] | undefined,
  after: readonly Change[] | undefined,
  remembered: boolean,
  byRun: boolean,
  wanted: Before | undefined,
): Told | undefined {
  if (was && was.length > 0) {
    const origin: Origin = byRun ? 'run' : originBy[wanted ?? 'same'];
    const otherwise = origin === 'unknown' ? { wantedOtherwise: true as const } : {};
    return { origin, changes: was.map(moved), next: next(was, after), ...otherwise };
  }
  if (!after || after.length === 0) return undefined;
  const origin: Origin = remembered ? 'file' : byRun ? 'run' : 'unknown';
  return { origin, changes: after.map(moved), next: 'back' };
}

/** What another version wanted otherwise may have been changed by a hand as well: its host may know. */
const originBy = { same: 'host', other: 'unknown', nothing: 'wish' } as const;

function next(was: readonly Change[], after: readonly Change[] | undefined): Difference['next'] {
  if (!after || after.length === 0) return 'stays';
  return JSON.stringify(was) === JSON.stringify(after) ? 'back' : 'other';
}

const moved = ({ field, from, to }: Change): Moved => ({ field, was: to, is: from });

function emptyHosts(wanted: readonly Looked[], found: readonly Difference[]): ReadonlySet<string> {
  const there = new Set<string>();
  const gone = new Set(found.filter(isGone).map(({ id }) => id));
  const files = wanted.filter(({ resource, changes }) => isConfiguration(resource) && changes !== undefined);
  for (const { resource } of files) if (!gone.has(idOf(resource))) there.add(resource.host);
  return new Set(files.map(({ resource }) => resource.host).filter(host => !there.has(host)));
}

const isGone = (one: Difference): boolean =>
  isConfiguration(one) && one.changes.some(({ field, is }) => field === 'content' && is === undefined);

/** A unit that has not read a file that somebody changed is told with the file; of itself nothing has changed. */
function withoutConsequences(found: readonly (Difference & { readonly want: unknown })[]): readonly Difference[] {
  const edited = new Set(found.filter(one => !isRunner(one)).map(({ host, key }) => `${host} ${key}`));
  const unread = new Map<string, string[]>();
  const stays = found.filter(one => {
    const reads = onlyOwes(one) ? readsOf(one.want).filter(path => edited.has(`${one.host} ${path}`)) : [];
    for (const path of reads) {
      const at = `${one.host} ${path}`;
      unread.set(at, [...(unread.get(at) ?? []), one.key]);
    }
    return reads.length === 0;
  });
  return stays.map(({ want: _, ...one }) => {
    const units = unread.get(`${one.host} ${one.key}`);
    return units ? { ...one, unread: units } : one;
  });
}

const onlyOwes = (one: Difference): boolean => isRunner(one) && one.changes.every(({ field }) => field === 'fresh');
const readsOf = (want: unknown): readonly string[] => (want as { readonly reads?: readonly string[] }).reads ?? [];

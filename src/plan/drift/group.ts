/** Differences that read the same are told once, for all of their hosts. */
import type { Author, Difference, Since } from '../../model/drift.js';
import { clusterHost } from '../../model/resource.js';

export interface Grouped {
  readonly hosts: readonly string[];
  /** The first host's, standing for all; its authors are those of all. */
  readonly one: Difference;
  /** The first and the last. */
  readonly since: readonly Since[];
  /** Of some of the hosts nobody knows who it was. */
  readonly someUnknown: boolean;
}

export function grouped(all: readonly Difference[]): readonly Grouped[] {
  const groups = new Map<string, Difference[]>();
  for (const one of all) {
    const same = signatureOf(one);
    groups.set(same, [...(groups.get(same) ?? []), one]);
  }
  return [...groups.values()].flatMap(group => {
    const [one] = group;
    if (!one) return [];
    const times = group.flatMap(({ since }) => since ?? []).toSorted((a, b) => a.at.localeCompare(b.at));
    return [
      {
        hosts: group.map(({ host }) => host),
        one: { ...one, by: authorsOf(group) },
        since: times.length > 1 ? [times[0], times.at(-1)].filter(each => each !== undefined) : times,
        someUnknown: group.some(({ by }) => by.length === 0) && group.some(({ by }) => by.length > 0),
      },
    ];
  });
}

/** A host's own name in a value does not set it apart. */
function signatureOf({ host, kind, key, changes, origin, next, unread }: Difference): string {
  const text = JSON.stringify([kind, key, changes, origin, next, unread]);
  return host === clusterHost || host.length < 2 ? `${host} ${text}` : text.replaceAll(host, '{host}');
}

/** The same person on many hosts is told once, with the first time. */
function authorsOf(group: readonly Difference[]): readonly Author[] {
  const all = new Map<string, Author>();
  for (const author of group.flatMap(({ by }) => by)) {
    const { at: _, ...who } = author;
    const same = JSON.stringify(who);
    if (!all.has(same)) all.set(same, author);
  }
  return [...all.values()];
}

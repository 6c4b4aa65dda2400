/** What a rehearsal has shown: only what the version that runs could do, and the one that shall come cannot. */
import type { Rehearsed, RehearsalTurn } from '../model/rehearsal.js';

export type Break =
  | { readonly what: 'no-start'; readonly log: string }
  | { readonly what: 'not-ready'; readonly failing: readonly string[]; readonly log: string }
  /** Objects of a kind that is not served any more. */
  | { readonly what: 'kind-gone'; readonly kind: string; readonly objects: number }
  | { readonly what: 'unreadable'; readonly kind: string; readonly objects: number; readonly why: string }
  | { readonly what: 'fewer'; readonly kind: string; readonly before: number; readonly after: number };

export interface RehearsalVerdict {
  readonly breaks: readonly Break[];
  /** Group versions that the next one does not serve; whoever asks for them is in the check's report. */
  readonly versionsGone: readonly string[];
  /** Kinds that neither version could list here, such as those that a webhook converts. */
  readonly untried: readonly { readonly kind: string; readonly why: string }[];
  readonly kinds: number;
  readonly objects: number;
}

/** Precondition: the version that runs was ready. */
export function judgeRehearsal({ now, next }: Rehearsed): RehearsalVerdict {
  const counted = [...now.kinds].flatMap(([kind, count]) => (typeof count === 'number' ? [{ kind, count }] : []));
  const tried = next.readyAfter !== undefined;
  return {
    breaks: tried ? counted.flatMap(({ kind, count }) => lost(kind, count, next)) : [stopped(next)],
    versionsGone: tried ? now.versions.filter(version => !next.versions.includes(version)) : [],
    untried: [...now.kinds].flatMap(([kind, count]) => (typeof count === 'number' ? [] : [{ kind, why: count.why }])),
    kinds: counted.length,
    objects: counted.reduce((sum, { count }) => sum + count, 0),
  };
}

const stopped = ({ log = '', failing }: RehearsalTurn): Break =>
  failing.length > 0 ? { what: 'not-ready', failing, log } : { what: 'no-start', log };

function lost(kind: string, count: number, { kinds }: RehearsalTurn): readonly Break[] {
  const after = kinds.get(kind);
  if (count === 0) return [];
  if (after === undefined) return [{ what: 'kind-gone', kind, objects: count }];
  if (typeof after !== 'number') return [{ what: 'unreadable', kind, objects: count, why: after.why }];
  return after < count && !endsByItself.has(kind) ? [{ what: 'fewer', kind, before: count, after }] : [];
}

/** Events and leases end by their time, also while it lasts. */
const endsByItself: ReadonlySet<string> = new Set(['events', 'events.events.k8s.io', 'leases.coordination.k8s.io']);

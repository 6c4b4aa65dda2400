/** Nodes that the API names and nobody asked: of thousands of them, one sentence is enough. */
import type { Missing, Verdict } from './verdict.js';

/** Why nothing is known of a node that only the API names. */
export const unasked = { why: 'it was not asked over ssh', kind: 'not-asked' } as const;

const most = 8;

/**
 * Their entries become one for each thing that was not seen. Its host is always `nodes`, so that two examinations can
 * be compared.
 */
export const folded = (missing: readonly Missing[]): readonly Missing[] => {
  const hosts = new Map<string, string[]>();
  for (const { host, what, kind } of missing) {
    if (kind !== unasked.kind) continue;
    const names = hosts.get(what) ?? [];
    names.push(host);
    hosts.set(what, names);
  }
  const many = (one: Missing): boolean => one.kind === unasked.kind && (hosts.get(one.what)?.length ?? 0) > most;
  return [
    ...missing.filter(one => !many(one)),
    ...[...hosts]
      .filter(([, names]) => names.length > most)
      .map(([what, names]) => ({
        host: 'nodes',
        what,
        why: `${names.length} nodes were not asked over ssh (${names.slice(0, 3).join(', ')} …)`,
        kind: unasked.kind,
      })),
  ];
};

export const foldedVerdict = (verdict: Verdict): Verdict =>
  verdict.verdict === 'unknown' || (verdict.verdict === 'sick' && verdict.missing)
    ? { ...verdict, missing: folded(verdict.missing ?? []) }
    : verdict;

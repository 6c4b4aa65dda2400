/** One answer, judged against what is wanted. */
import { hash } from 'node:crypto';
import { type Question, Unreadable } from '../model/fact.js';
import type { Change, Kind, Resource } from '../model/resource.js';

/** What a host or the API said, or why it said nothing. */
export type Answer = { readonly raw: string } | { readonly missing: string };

/** Kinds by name; the wants of each are its own. */
export type KindTable = Readonly<Record<string, Kind<string, unknown, unknown>>>;

export type Reading =
  | {
      readonly question: Question;
      readonly digest: string;
      /** Undefined where the kind predicts no changes. */
      readonly have: unknown;
      readonly changes: readonly Change[];
    }
  | { readonly missing: string };

/** Before there is an API server nothing is in the API; that is the first build, not a host that hides. */
const silentApi = '{"status":0}';

export function readAnswer(resource: Resource, answer: Answer | undefined, kinds: KindTable): Reading {
  const kind = kinds[resource.kind];
  if (!kind) throw new Error(`there is no kind ${resource.kind}, which ${resource.host} wants as ${resource.key}`);
  const { question, parse: read } = kind.read(resource.key, resource.want);
  const raw = answer && 'raw' in answer ? answer.raw : question.ask === 'api' ? silentApi : undefined;
  if (raw === undefined) return { missing: answer && 'missing' in answer ? answer.missing : 'was not asked' };
  try {
    const have = read(raw);
    const changes = kind.diff(resource.want, have);
    // What nobody will ask for again is let go: with 5,000 hosts it is a fifth of a plan's memory.
    return { question, digest: hash('sha256', raw), have: kind.predictChanges ? have : undefined, changes };
  } catch (error) {
    if (error instanceof Unreadable) return { missing: error.message };
    throw error;
  }
}

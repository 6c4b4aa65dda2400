import type { Seen } from '../engine/survey.js';
import { type Fact, NotSeen, Unreadable } from '../model/fact.js';

/** What a host's answer says; `why` where there is none, or it makes no sense: unknown, and no bug of ours. */
export const factValue = <T>(
  fact: Fact<T>,
  answer: Seen | undefined,
): { readonly value: T } | { readonly why: string } => {
  if (!answer || 'missing' in answer) return { why: answer?.missing ?? 'it was not asked' };
  try {
    return { value: fact.parse(answer.raw) };
  } catch (error) {
    if (error instanceof Unreadable || error instanceof NotSeen) return { why: error.message };
    throw error;
  }
};

import { succeeds } from '../facts/script.js';
import { changed } from '../model/resource.js';
import { defineKind } from './kind.js';
import type { ReadyWant } from './wants.js';

/** Something that answers; the only cure is to wait for it. */
export const ready = defineKind<'ready', ReadyWant, boolean>({
  kind: 'ready',
  passing: true,
  read: (word, want) => succeeds(`ready:${word}`, want.script),
  diff: (want, have) => (have ? [] : [changed('ready', 'not yet', want.says)]),
  plan: (_, { script, seconds, says, why }) => ({
    actions: [{ do: 'wait', script, seconds, says, ...(why ? { why } : {}) }],
    risk: 'none',
  }),
  rollback: () => ({ by: 'nothing' }),
  ideal: () => true,
});

import { prints } from '../facts/script.js';
import { removed, worst } from '../model/resource.js';
import { raw, sh } from '../shell/sh.js';
import { defineKind } from './kind.js';
import { shown } from './kind/shown.js';
import { bothUndone, rollbackOf } from './kind/undo.js';
import type { CleanupWant } from './wants.js';

/** What is left over of something, and must go: interfaces, mounts, chains, a member that is no more. */
export const cleanup = defineKind<'cleanup', CleanupWant, readonly string[]>({
  kind: 'cleanup',
  read: (word, want) => prints(`cleanup:${word}`, want.find),
  diff: (_, have) => (have.length === 0 ? [] : [removed('left', shown(have), 'nothing')]),
  plan: (word, want) => ({ actions: [{ do: 'run', script: want.remove, says: `clear ${word}` }], risk: want.risk }),
  rollback: (_, want) => rollbackOf(want.undo),
  join: (one, other) => ({
    find: sh`(${raw(one.find)}\n)\n(${raw(other.find)}\n)`,
    remove: sh`(${raw(one.remove)}\n) && (${raw(other.remove)}\n)`,
    risk: worst([one.risk, other.risk]) as CleanupWant['risk'],
    ...bothUndone(one.undo, other.undo),
  }),
  ideal: () => [],
});

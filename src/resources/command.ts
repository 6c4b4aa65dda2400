import { prints } from '../facts/script.js';
import { changed, worst } from '../model/resource.js';
import { raw, sh } from '../shell/sh.js';
import { defineKind } from './kind.js';
import { shown } from './kind/shown.js';
import { bothUndone, rollbackOf } from './kind/undo.js';
import type { CommandWant } from './wants.js';

/** Something that is run while something speaks for it: a module that is not loaded, an alarm that stands. */
export const command = defineKind<'command', CommandWant, readonly string[]>({
  kind: 'command',
  read: (word, want) => prints(`command:${word}`, want.unless),
  diff: (_, have) => (have.length === 0 ? [] : [changed('needed', shown(have), 'nothing')]),
  plan: (word, want) => ({ actions: [{ do: 'run', script: want.run, says: `set right: ${word}` }], risk: want.risk }),
  rollback: (_, want) => rollbackOf(want.undo),
  join: (one, other) => ({
    unless: sh`(${raw(one.unless)}\n)\n(${raw(other.unless)}\n)`,
    run: sh`(${raw(one.run)}\n) && (${raw(other.run)}\n)`,
    risk: riskOfBoth(one, other),
    ...bothUndone(one.undo, other.undo),
  }),
  ideal: () => [],
});

const riskOfBoth = (one: CommandWant, other: CommandWant): CommandWant['risk'] =>
  worst([one.risk, other.risk]) as CommandWant['risk'];

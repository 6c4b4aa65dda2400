import { prints } from '../facts/script.js';
import { defineKind } from './kind.js';
import type { ResidueWant } from './wants.js';

/** Leftovers (interfaces, mounts, iptables chains): whatever the look script prints is still there. */
export const residue = defineKind<'residue', ResidueWant, readonly string[]>({
  kind: 'residue',
  look: (word, want) => prints(`residue:${word}`, want.look),
  diff: (_, have) => have.length === 0 ? [] : [{ field: 'left', from: shown(have), to: 'nothing' }],
  mend: (word, want) => ({ actions: [{ do: 'run', script: want.remove, says: `clear ${word}` }], risk: want.risk }),
  ideal: () => [],
});

const shown = (left: readonly string[]): string =>
  left.slice(0, 20).join('\n') + (left.length > 20 ? `\nand ${left.length - 20} more` : '');

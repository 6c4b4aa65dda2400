import { prints } from '../facts/script.js';
import type { Verb } from '../model/resource.js';
import { defineKind } from './kind.js';
import type { ResidueWant } from './wants.js';

/** Leftovers (interfaces, mounts, iptables chains, a process that has read what is no more): whatever the look script prints is still there. */
export const residue = defineKind<'residue', ResidueWant, readonly string[]>({
  kind: 'residue',
  look: (word, want) => prints(`residue:${word}`, want.look),
  diff: (want, have) =>
    have.length === 0 ? [] : [{ verb: verb(want), field: field(want), from: shown(have), to: 'nothing' }],
  foresee(want, have, written) {
    const paths = (want.reads ?? []).filter(path => written.has(path));
    return have.length === 0 && paths.length > 0
      ? [{ verb: 'restart', field: field(want), from: `what has read ${paths.join(', ')} before`, to: 'nothing' }]
      : [];
  },
  mend: (word, want) => ({ actions: [{ do: 'run', script: want.remove, says: `clear ${word}` }], risk: want.risk }),
  ideal: () => [],
});

/** Of what reads files it is a restart, as that of a unit (plan/disruption.ts). */
const field = (want: ResidueWant): string => (want.reads ? 'fresh' : 'left');

const verb = (want: ResidueWant): Verb => (want.reads ? 'restart' : 'delete');

const shown = (left: readonly string[]): string =>
  left.slice(0, 20).join('\n') + (left.length > 20 ? `\nand ${left.length - 20} more` : '');

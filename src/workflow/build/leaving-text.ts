/** What is at stake where hosts leave the cluster: for the question of consent. */
import type { Input, Removed } from '../../blueprint/input.js';

const named = (all: readonly Removed[]): string => all.map(({ name }) => name).join(' and ');

/** Undefined: whoever leaves was seen, or nothing of it is in the cluster any more. */
export const unseenText = ({ removes = [] }: Pick<Input, 'removes'>): string | undefined => {
  const unseen = removes.filter(({ node, reached }) => node === 'away' && reached.is === 'unseen');
  if (unseen.length === 0) return undefined;
  return (
    `${named(unseen)} left the file, and nobody sees that ${unseen.length === 1 ? 'it is' : 'they are'} off: ` +
    'what ran there starts elsewhere, and were it still to run, both would write the same data. Switch ' +
    `${unseen.length === 1 ? 'it' : 'them'} off, until kw up can reset ${unseen.length === 1 ? 'it' : 'them'}.`
  );
};

/** Undefined: nobody leaves of whom anything is left. */
export const leavingText = ({ removes = [] }: Pick<Input, 'removes'>): string | undefined => {
  const reset = removes.filter(({ reached }) => reached.is === 'here');
  const leave = removes.filter(({ node }) => node !== 'absent');
  if (leave.length + reset.length === 0) return undefined;
  const all = removes.filter(one => leave.includes(one) || reset.includes(one));
  const [is, ...are] = reset;
  const lost = is ? `; ${named(reset)} ${are.length === 0 ? 'is' : 'are'} reset, with all data of pods there` : '';
  return `${named(all)} ${all.length === 1 ? 'leaves' : 'leave'} the cluster for good${lost}.`;
};

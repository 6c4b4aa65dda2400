/** Says who leaves and what stays of whom, and which routes stay as they are while nobody is seen who knows them. */
import type { Input, Removed } from '../blueprint/input.js';
import { nodes } from '../model/cluster.js';
import type { Peer } from '../model/host-facts.js';
import { escapeForTerminal } from '../shell/terminal.js';
import { type Finding, type Found, warning } from './finding.js';

/** For the list of what a plan warns of. */
export const leavingFindings = ({
  leaving = [],
  removes = [],
}: Pick<Input, 'leaving' | 'removes'>): readonly Finding[] => [
  ...removes.map(one => ({ host: one.name, ...leaves(one) })),
  ...leaving
    .filter(({ name }) => !removes.some(one => one.name === name))
    .map(one => ({ host: one.name, ...stays(one) })),
];

const stays = ({ name, address }: Peer): Found =>
  warning(
    'host-left-out',
    `${name} is not in the file any more and still in the cluster: nothing of it is touched by this; its routes stay`,
    `kw up takes it out of the cluster, once the API says what its Node is, and every host that is to join has ` +
      `joined; or write it back: {name: ${name}, address: ${address}}`,
  );

const leaves = (one: Removed): Found => {
  const { name, address, node, reached } = one;
  const back = `to keep it, write it back: {name: ${name}, address: ${address}}`;
  const gone = node === 'absent' ? '' : `${node === 'ready' ? 'it is drained, ' : ''}its Node and its routes go; `;
  switch (reached.is) {
    case 'here':
      return warning('host-leaves', `${name} (${address}) is not in the file any more: ${gone}then it is reset`, back);
    case 'empty':
      return warning(
        'host-leaves',
        `${name} (${address}) is not in the file any more: ${gone}nothing of this cluster is on it`,
        back,
      );
    case 'strange':
      return warning(
        'host-leaves',
        `${name} (${address}) is not in the file any more: ${gone}what answers at its address is another ` +
          `(${escapeForTerminal(reached.carries)}), and is left alone`,
        back,
      );
    case 'unseen':
      return warning(
        'host-not-reset',
        `${name} (${address}) is not in the file any more, and cannot be reached ` +
          `(${escapeForTerminal(reached.why)}): ${gone}what is on it stays, also its credential, with which it can ` +
          'make its Node again',
        `keep it off; kw up resets it once it can be reached (ssh to ${address}, as to the hosts of the file). One ` +
          `that never comes back is forgotten by: rm /var/lib/kubewizard/left/${name}, on each control plane`,
      );
  }
};

/** For the same list: that routes stay as they are, and each host that was seen and is no node yet. */
export const saysTableUnseen = ({ spec, facts, tableUnseen }: Input): readonly Finding[] => {
  if (!tableUnseen) return [];
  const seen = nodes(spec).filter(({ name }) => facts.has(name));
  const help = 'make a control plane reachable, then kw up';
  return [
    ...seen.slice(0, 1).map(({ name }) => ({
      host: name,
      ...warning(
        'table-unseen',
        'no control plane that knows all nodes was seen: the routes between hosts stay as they are',
        help,
      ),
    })),
    ...seen
      .filter(({ name }) => facts.get(name)?.podCidr === '')
      .map(({ name }) => ({
        host: name,
        ...warning(
          'waits-for-share',
          `${name} gets its share of the pod network, and becomes a node, once a control plane is seen`,
          help,
        ),
      })),
  ];
};

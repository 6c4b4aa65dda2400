/** Says which routes stay as they are: of nodes that left the file, and of all while nobody is seen who knows them. */
import type { Input } from '../blueprint/input.js';
import { nodes } from '../model/cluster.js';
import type { Peer } from '../model/host-facts.js';
import { type Finding, warning } from './finding.js';

/** For the list of what a plan warns of. */
export const leavingFindings = (leaving: readonly Peer[]): readonly Finding[] =>
  leaving.map(({ name, address }) => ({
    host: name,
    ...warning(
      'host-left-out',
      `${name} is not in the file any more and still in the cluster: nothing of it is touched; its routes stay`,
      `write it back: {name: ${name}, address: ${address}}; or remove it from the cluster: kubectl drain ${name} ` +
        `--ignore-daemonsets, kubectl delete node ${name}; the next kw up then takes its routes away`,
    ),
  }));

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

/** Says of each node that left the file that it is still in the cluster. */
import type { Peer } from '../model/host-facts.js';
import { type Finding, warning } from './finding.js';

/** For the list of what a plan warns of. */
export const saysLeaving = (leaving: readonly Peer[]): readonly Finding[] =>
  leaving.map(({ name, address }) => ({
    host: name,
    ...warning(
      'host-left-out',
      `${name} is not in the file any more and still in the cluster: nothing of it is touched; its routes stay`,
      `write it back: {name: ${name}, address: ${address}}; or remove it from the cluster: kubectl drain ${name} ` +
        `--ignore-daemonsets, kubectl delete node ${name}; the next kw up then takes its routes away`,
    ),
  }));

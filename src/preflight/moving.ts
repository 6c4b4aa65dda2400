/** Hosts that live and that the file has at another address: said before; those that others count on, one in a run. */
import { etcdHosts } from '../blueprint/access/certificates.js';
import { movesFrom } from '../blueprint/access/former-addresses.js';
import type { Input } from '../blueprint/input.js';
import type { Host } from '../model/cluster.js';
import type { Diagnostic } from '../model/diagnostic.js';
import { type Finding, type Found, warning } from './finding.js';
import { leavingFindings, saysTableUnseen } from './leaving.js';

type Known = Pick<Input, 'spec' | 'facts' | 'gone'>;

interface Moving {
  readonly host: Host;
  readonly from: string;
}

const moving = (known: Known): readonly Moving[] =>
  known.spec.hosts.flatMap(host => {
    const from = movesFrom(known, host);
    return from === undefined ? [] : [{ host, from }];
  });

/** Of hosts that leave, move, or wait for a share of the pod network: for the list of what a plan warns of. */
export const hostFindings = (input: Input): readonly Finding[] => [
  ...leavingFindings(input),
  ...movingFindings(input),
  ...saysTableUnseen(input),
];

export const movingFindings = (known: Known): readonly Finding[] =>
  moving(known).map(one => ({ host: one.host.name, ...moves(one) }));

const moves = ({ host: { name, address, roles }, from }: Moving): Found =>
  warning(
    'host-moves',
    `${name} moves from ${from} to ${address}: ${[
      ...(roles.includes('etcd') ? ['its member of etcd starts again there'] : []),
      ...(roles.includes('controlPlane') ? ['all API servers and load balancers are told'] : []),
      'all hosts get another route to its pods',
    ].join(', ')}`,
    `best while ${name} has both addresses; take ${from} off it once kw up has ended. To stay: write ${from} back`,
  );

/**
 * The API servers of a cluster with one member of etcd know no other: between its start at the new address and theirs
 * nothing is served, and the host takes the change back as one that locks everybody out.
 */
const lone = (known: Known): readonly Diagnostic[] => {
  const [only, ...more] = etcdHosts(known.spec);
  const from = only && more.length === 0 ? movesFrom(known, only) : undefined;
  if (!only || from === undefined) return [];
  return [
    {
      code: 'moves-alone',
      severity: 'error',
      says: `hosts[].address: ${only.name} (${from} to ${only.address}) has the only member of etcd, and would move`,
      help:
        `write ${from} back. Give two more hosts the role etcd and kw up, then it moves beside them; or kw backup, a ` +
        'cluster of new hosts, and kw restore',
    },
  ];
};

const counted: readonly string[] = ['etcd', 'controlPlane', 'loadBalancer'];

/**
 * While a member of etcd or a load balancer moves, the others must be where everybody knows them.
 * @returns [] where one at most moves, and is not the only one; workers may all move at once.
 */
export const movesAtOnce = (known: Known): readonly Diagnostic[] => {
  const all = moving(known).filter(({ host }) => host.roles.some(role => counted.includes(role)));
  const [first, ...others] = all;
  if (!first || others.length === 0) return lone(known);
  const shown = all.map(({ host, from }) => `${host.name} (${from} to ${host.address})`).join(', ');
  return [
    {
      code: 'moves-at-once',
      severity: 'error',
      says: `hosts[].address: ${shown} would move in one run: while one moves, the others must be where they are known`,
      help:
        `one after another: write back ${others.map(({ host, from }) => `${from} for ${host.name}`).join(', ')}, kw ` +
        'up, then the next. Where no host has its old address any more: kw restore with a backup, on the new ones',
    },
  ];
};

/**
 * May hosts be called gone for good? Only while the members of etcd that stay hold a quorum, and all of them answer:
 * etcd takes nobody in otherwise. What still answers is not gone.
 */
import type { Gone } from '../blueprint/input.js';
import type { ClusterSpec } from '../model/cluster.js';
import type { Diagnostic } from '../model/diagnostic.js';
import type { HostFacts } from '../model/host-facts.js';
import { type Address, parseIPv4 } from '../net/address.js';

/** What one member says of all. */
export interface SeenEtcd {
  readonly members: readonly SeenMember[];
  readonly quorum: boolean;
}
export interface SeenMember {
  /** Empty: it was added, and never ran. */
  readonly name: string;
  readonly address: Address;
  readonly learns: boolean;
  /** By way of the quorum, which a learner does not. */
  readonly answers: boolean;
}

/** `etcdctl member list`, lines `answers 10.0.0.11`, and `quorum`; what makes no sense is no member. */
export const readSeenEtcd = (text: string): SeenEtcd => {
  const answering = new Set([...text.matchAll(/^answers (\S+)$/gm)].map(([, address]) => address));
  const row = /^[0-9a-f]+, (?:un)?started, ([A-Za-z0-9.-]*), https?:\/\/([^,/:]+):\d+, [^,]*, (true|false)$/gm;
  return {
    quorum: /^quorum$/m.test(text),
    members: [...text.matchAll(row)].flatMap(([, name = '', at = '', learns]) => {
      const address = parseIPv4(at);
      return address === undefined
        ? []
        : [{ name, address, learns: learns === 'true', answers: answering.has(address) }];
    }),
  };
};

export interface Replacing {
  readonly spec: ClusterSpec;
  readonly facts: ReadonlyMap<string, Pick<HostFacts, 'etcdDataExists' | 'lived'>>;
  /** Hosts that are gone for good, as a person named them. */
  readonly names: readonly string[];
  /** What members of etcd said, in the order of the file. */
  readonly seen: readonly SeenEtcd[];
  /** Nodes of the cluster that the file does not name. */
  readonly leaving?: readonly { readonly name: string }[];
}

export type Replacement = { readonly problems: readonly Diagnostic[] } | { readonly gone: readonly Gone[] };

export function replacement(replacing: Replacing): Replacement {
  const etcd = replacing.seen.find(({ quorum }) => quorum);
  if (!etcd) return { problems: [noQuorum(replacing)] };
  const gone = replacing.names.map(name => ({ name, members: membersOf(replacing, etcd, name) }));
  const problems = [
    ...replacing.names.flatMap(name => problemOf(replacing, etcd, name)),
    ...othersAway(replacing, etcd, gone),
  ];
  return problems.length > 0 ? { problems } : { gone };
}

/** Where etcd has a member of that name, or one that never ran, and the file no host. */
function membersOf({ spec, names }: Replacing, { members }: SeenEtcd, name: string): readonly Address[] {
  const known = new Set<string>(spec.hosts.map(({ address }) => address));
  return members
    .filter(member => member.name === name || (member.name === '' && name === names[0]))
    .map(({ address }) => address)
    .filter(address => !known.has(address));
}

const problem = (code: string, says: string, help: string): Diagnostic => ({ code, severity: 'error', says, help });

const noQuorum = ({ names }: Replacing): Diagnostic =>
  problem(
    'replace-no-quorum',
    `no member of etcd that could be asked has a quorum, and without one nobody takes ${names.join(', ')} out of etcd`,
    'bring more of its members back (kw status says which are away). Are their disks lost: kw etcd recover makes a ' +
      `cluster of those that are left (kw etcd recover --without ${names.join(',')}), kw restore one of a backup`,
  );

function problemOf(replacing: Replacing, etcd: SeenEtcd, name: string): readonly Diagnostic[] {
  const { spec, facts, leaving = [] } = replacing;
  const host = spec.hosts.find(one => one.name === name);
  const members = etcd.members.filter(member => member.name === name);
  if (!host && members.length === 0 && !leaving.some(one => one.name === name))
    return [
      problem(
        'unknown-host',
        `neither the file nor etcd nor the cluster knows a host ${name}`,
        `the file has ${spec.hosts.map(one => one.name).join(', ')}; etcd has ` +
          `${etcd.members.flatMap(one => one.name || []).join(', ')}. Was it taken out already: kw up goes on`,
      ),
    ];
  const alive = members.find(member => member.answers && member.address !== host?.address);
  if (alive)
    return [
      problem(
        'replace-lives',
        `${name} at ${alive.address} answers as a member of etcd: it is not dead`,
        `switch it off for good, then go on. Or keep it, and let it leave by the file: its entry with the address ` +
          `${alive.address} and without the role etcd, the new host under a name of its own, then kw up`,
      ),
    ];
  return host && !facts.has(name) ? [unseen(name, host.address)] : [];
}

const unseen = (name: string, address: string): Diagnostic =>
  problem(
    'replace-unseen',
    `${name} is to be replaced by the host at ${address}, and that one was not reached`,
    `make it reachable, empty (kw asks for ssh and root as ever); or kw replace ${name} --address ADDRESS, by the ` +
      `host there; or take ${name} out of the file, then kw replace ${name}`,
  );

/** Voters that neither answer nor are gone. Whoever was installed anew has no data, and is taken out as it joins. */
function othersAway(
  { spec, facts, names }: Replacing,
  { members }: SeenEtcd,
  gone: readonly Gone[],
): readonly Diagnostic[] {
  const left = new Set<string>(gone.flatMap(one => one.members));
  const away = members.filter(({ address, answers, learns, name }) => {
    const host = spec.hosts.find(one => one.address === address);
    const empty = host && facts.get(host.name)?.etcdDataExists === false;
    // Of a run that was cut off: it has joined, and does not run yet.
    const begun = host !== undefined && names.includes(host.name);
    return !answers && !learns && name !== '' && !left.has(address) && !empty && !begun;
  });
  if (away.length === 0) return [];
  const all = away.map(({ name, address }) => `${name} (${address})`).join(', ');
  return [
    problem(
      'replace-others-away',
      `${all} ${away.length === 1 ? 'does' : 'do'} not answer either, and etcd takes nobody in while one of its ` +
        'members is away',
      `bring ${away.length === 1 ? 'it' : 'them'} back (kw doctor); or replace all of them in one go: kw replace ` +
        [...new Set([...names, ...away.map(({ name }) => name)])].join(','),
    ),
  ];
}

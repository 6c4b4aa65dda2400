/** The file's list of hosts → one host each, ranges expanded and roles dealt out. */
import type { Host, Role, SshAccess } from '../model/cluster.js';
import type { DefaultNote } from './default-note.js';
import { mistake, type Finding } from './finding.js';
import { expandAddresses, expandRange, mostHosts } from './range.js';
import { roleNames, type ClusterFile, type HostEntry } from './schema.js';
import { parseTaint } from './taint.js';

export interface DraftedHosts {
  readonly hosts: readonly Host[];
  readonly origins: readonly number[];
  readonly findings: readonly Finding[];
  readonly notes: readonly DefaultNote[];
}

interface Draft {
  readonly entry: HostEntry;
  readonly origin: number;
  readonly name: string;
  readonly address: string;
  readonly external: string | undefined;
  readonly dialled: string | undefined;
}

export const draftHosts = (file: ClusterFile): DraftedHosts => {
  const drafts: Draft[] = [];
  const findings: Finding[] = [];
  file.hosts.forEach((written, origin) => {
    const entry = typeof written === 'string' ? { address: written } : written;
    const result = expand(file.name, entry, origin, drafts.length);
    if (Array.isArray(result)) drafts.push(...result);
    else findings.push(result as Finding);
  });
  if (drafts.length > mostHosts)
    findings.push(
      mistake('too-many-hosts', ['hosts'], `${drafts.length} hosts; at most ${mostHosts} go into one cluster`),
    );
  const kept = drafts.slice(0, mostHosts);
  const { roles, notes } = dealRoles(kept);
  const hosts = kept.map((draft, index) => hostOf(file, draft, roles[index] ?? []));
  return { hosts, origins: kept.map(({ origin }) => origin), findings, notes: [...nameNotes(kept), ...notes] };
};

const expand = (cluster: string, entry: HostEntry, origin: number, before: number): readonly Draft[] | Finding => {
  const path = ['hosts', origin] as const;
  const at = (key: string) => (entry[key as 'name'] === undefined ? path : [...path, key]);
  const listed = namesAndAddresses(entry, path, at);
  if ('code' in listed) return listed;
  const { names, addresses } = listed;
  const hosts = addresses.length;
  const external = oneForEach(hosts, entry.externalAddress, at('externalAddress'), 'external addresses');
  if ('code' in external) return external;
  const dialled = oneForEach(hosts, entry.ssh?.address, [...path, 'ssh', 'address'], 'addresses for ssh');
  if ('code' in dialled) return dialled;
  return addresses.map((address, i) => ({
    entry,
    origin,
    address,
    external: external[i],
    dialled: dialled[i],
    name: names?.[i] ?? `${cluster}-${String(before + i + 1).padStart(3, '0')}`,
  }));
};

/** `names`: as many as addresses; undefined: they are named after the cluster. */
const namesAndAddresses = (
  entry: HostEntry,
  path: Finding['path'],
  at: (key: string) => Finding['path'],
): { readonly names: readonly string[] | undefined; readonly addresses: readonly string[] } | Finding => {
  const names = entry.name === undefined ? undefined : expandRange(entry.name);
  if (entry.name !== undefined && !names)
    return mistake(
      'bad-range',
      at('name'),
      `'${entry.name}' is not a valid range of names`,
      rangeHelp('kw-worker-[001-100]'),
    );
  if (!names && entry.address.endsWith('+'))
    return mistake(
      'range-mismatch',
      path,
      `'${entry.address}' counts up without end: no names say how many`,
      'add a name with a range: name: worker-[01-10]',
    );
  const addresses = expandAddresses(entry.address, names?.length ?? 1);
  if (!addresses)
    return mistake(
      'bad-range',
      at('address'),
      `'${entry.address}' is not a valid range of addresses`,
      rangeHelp('10.0.1.[1-100], or 10.0.1.1+ for as many as there are names'),
    );
  if (names && names.length !== addresses.length)
    return mistake(
      'range-mismatch',
      at('address'),
      `${names.length} names and ${addresses.length} addresses`,
      'write an address that ends in +, to count up as often as there are names',
    );
  return { names, addresses };
};

/** Addresses of another sort: none, or as many as there are hosts. */
const oneForEach = (
  hosts: number,
  written: string | undefined,
  at: Finding['path'],
  what: string,
): readonly string[] | Finding => {
  const all = written === undefined ? [] : expandAddresses(written, hosts);
  if (!all) return mistake('bad-range', at, `'${written}' is not a valid range`, rangeHelp('192.0.2.[1-100]'));
  return all.length && all.length !== hosts
    ? mistake('range-mismatch', at, `${hosts} hosts and ${all.length} ${what}`)
    : all;
};

const rangeHelp = (example: string): string => `ranges look like ${example}; at most ${mostHosts} members`;

/** With roles nowhere: one host is everything; of two the first is the control plane; of more the first three are. */
const dealRoles = (
  drafts: readonly Draft[],
): { readonly roles: readonly (readonly Role[])[]; readonly notes: readonly DefaultNote[] } => {
  const written = drafts.map(({ entry }) => entry.roles);
  const silent = written.filter(roles => !roles).length;
  const led = written.some(roles => roles?.some(role => role === 'controlPlane' || role === 'etcd'));
  const leaders = led ? 0 : silent >= 3 ? 3 : Math.min(1, silent);
  const stacked = !written.some(roles => roles?.includes('etcd'));
  let seen = 0;
  const dealt = written.map((roles): readonly Role[] =>
    roles
      ? stacked && roles.includes('controlPlane')
        ? ['etcd', ...roles]
        : roles
      : seen++ < leaders
        ? ['etcd', 'controlPlane']
        : ['worker'],
  );
  const shared = !dealt.some(roles => roles.includes('worker')) || (!led && silent === 2);
  const roles = dealt.map((some): readonly Role[] =>
    shared && some.includes('controlPlane') ? [...some, 'worker'] : some,
  );
  return {
    roles: roles.map(some => roleNames.filter(role => some.includes(role))),
    notes: notesOn(drafts, roles, shared, stacked),
  };
};

const nameNotes = (drafts: readonly Draft[]): readonly DefaultNote[] =>
  drafts
    .filter(({ entry }) => entry.name === undefined)
    .map(({ name, address }) => ({
      path: `hosts.${name}.name`,
      value: name,
      why: `the cluster's name and a number, for ${address}`,
    }));

const notesOn = (
  drafts: readonly Draft[],
  roles: readonly (readonly Role[])[],
  shared: boolean,
  stacked: boolean,
): readonly DefaultNote[] =>
  drafts.flatMap(({ entry, name }, i): DefaultNote[] => {
    const mine = roles[i] ?? [];
    const path = `hosts.${name}.roles`;
    const also =
      shared && mine.includes('controlPlane') ? '; no host is only a worker, so control planes take pods too' : '';
    if (!entry.roles)
      return [
        {
          path,
          value: mine,
          why: mine.includes('controlPlane')
            ? `the first hosts lead: one of up to two, three of more${also}`
            : 'the control plane is complete, the rest work',
        },
      ];
    if (mine.length === entry.roles.length) return [];
    return [
      {
        path,
        value: mine,
        why: `${stacked ? 'no host was given etcd, so control planes hold it' : 'as written'}${also}`,
      },
    ];
  });

const hostOf = (
  file: ClusterFile,
  { entry, name, address, external, dialled }: Draft,
  roles: readonly Role[],
): Host => ({
  name,
  address,
  ...(external ? { externalAddress: external } : {}),
  roles,
  labels: entry.labels ?? {},
  taints: (entry.taints ?? []).flatMap(text => parseTaint(text) ?? []),
  ssh: { ...(dialled ? { address: dialled } : {}), ...sshOf({ ...file.ssh, ...entry.ssh }) },
});

const sshOf = ({ user, port, ...rest }: NonNullable<HostEntry['ssh']>): SshAccess => ({
  ...(user === undefined ? {} : { user }),
  ...(port === undefined ? {} : { port }),
  ...(rest.key ? { key: rest.key } : {}),
  ...(rest.jump ? { jump: rest.jump } : {}),
  ...(rest.hostKey ? { hostKey: rest.hostKey } : {}),
});

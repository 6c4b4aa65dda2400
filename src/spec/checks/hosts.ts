/** Names, addresses, roles, labels and ways in of the hosts. */
import type { Host } from '../../model/cluster.js';
import type { Path } from '../document.js';
import { mistake, onKey, warning, type Check, type Checkable, type Finding } from '../finding.js';
import { parseAddress, parseIPv4 } from '../../net/address.js';
import { isAddressOrName, isDnsLabel, isLabelKey, isLabelValue } from '../names.js';
import { effects, parseTaint } from '../taint.js';

export const checkHosts: Check = input => [
  ...names(input),
  ...duplicates(input, 'name'),
  ...duplicates(input, 'address'),
  ...entries(input),
];

const names: Check = input => [
  ...(isDnsLabel(input.spec.name)
    ? []
    : [
        mistake(
          'bad-name',
          ['name'],
          `'${input.spec.name}' is not a valid DNS label`,
          'small letters, digits and dashes, at most 63',
        ),
      ]),
  ...input.spec.hosts.flatMap((host, i): readonly Finding[] => {
    const path = at(input, i);
    return [
      ...(isDnsLabel(host.name) || !entry(input, i).name
        ? []
        : [mistake('bad-host-name', [...path, 'name'], `'${host.name}' is not a valid DNS label`, dnsHelp(host.name))]),
      ...ownAddress(host, addressPath(input, i)),
      ...(host.externalAddress === undefined || isAddressOrName(host.externalAddress)
        ? []
        : [neitherAddressNorName(host.externalAddress, [...path, 'externalAddress'])]),
      ...(host.ssh.address === undefined || isSshWord(host.ssh.address)
        ? []
        : [neitherAddressNorName(host.ssh.address, [...path, 'ssh', 'address'])]),
    ];
  }),
];

const ownAddress = (host: Host, path: Path): readonly Finding[] =>
  parseIPv4(host.address) === undefined
    ? [
        mistake(
          'bad-address',
          path,
          `'${host.address}' is not a valid IPv4 address`,
          'hosts know each other by IPv4 addresses: 10.0.0.11',
        ),
      ]
    : reserved(host, path);

const neitherAddressNorName = (written: string, path: Path): Finding =>
  mistake('bad-address', path, `'${written}' is neither an address nor a name`);

const dnsHelp = (name: string): string => {
  const better = name
    .toLowerCase()
    .replaceAll(/[_. ]/g, '-')
    .replaceAll(/[^a-z0-9-]/g, '')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 63);
  return isDnsLabel(better) ? `did you mean '${better}'?` : 'small letters, digits and dashes, at most 63';
};

const reserved = ({ address }: Host, path: Path): readonly Finding[] => {
  const first = Number(address.split('.')[0]);
  if (first === 127) return [mistake('bad-address', path, `${address} is loopback: other hosts cannot reach it`)];
  return first === 0 || first >= 224 ? [mistake('bad-address', path, `${address} is not a host's address`)] : [];
};

const duplicates = (input: Checkable, key: 'name' | 'address'): readonly Finding[] => {
  const seen = new Map<string, number>();
  return input.spec.hosts.flatMap((host, i): Finding[] => {
    const before = seen.get(host[key]);
    seen.set(host[key], before ?? i);
    if (before === undefined || (key === 'name' && !entry(input, i).name && !entry(input, before).name)) return [];
    const path =
      key === 'address' ? addressPath(input, i) : entry(input, i).name ? [...at(input, i), 'name'] : at(input, i);
    return [
      mistake(
        `duplicate-${key}`,
        path,
        `${key} ${host[key]} is taken`,
        `the first to have it is hosts[${input.origins[before]}], ${input.spec.hosts[before]?.name}`,
      ),
    ];
  });
};

/** Labels, taints and ssh stand once per entry, however many hosts it makes. */
const entries: Check = ({ written }) => [
  ...written.hosts.flatMap((host, i) => {
    if (typeof host === 'string') return [];
    return [
      ...Object.entries(host.labels ?? {}).flatMap(([key, value]) => label(['hosts', i, 'labels', key], key, value)),
      ...(host.taints ?? []).flatMap((taint, n) =>
        parseTaint(taint)
          ? []
          : [
              mistake(
                'bad-taint',
                ['hosts', i, 'taints', n],
                `'${taint}' is not a valid taint`,
                `key=value:Effect, with an effect of ${effects.join(', ')}`,
              ),
            ],
      ),
      ...ssh(['hosts', i, 'ssh'], host.ssh ?? {}),
      ...doubled(['hosts', i, 'roles'], host.roles ?? []),
    ];
  }),
  ...ssh(['ssh'], written.ssh ?? {}),
];

const label = (path: Path, key: string, value: string): readonly Finding[] => [
  ...(isLabelKey(key)
    ? []
    : [
        onKey(
          mistake(
            'bad-label',
            path,
            `'${key}' is not a valid key for a label`,
            'prefix/name: the name of letters, digits, dashes, dots, at most 63; the prefix a DNS name',
          ),
        ),
      ]),
  ...(isLabelValue(value)
    ? []
    : [
        mistake(
          'bad-label',
          path,
          `'${value}' is not a valid value for a label`,
          'letters, digits, dashes, underscores, dots, at most 63',
        ),
      ]),
];

/** What ssh takes for a host: an address, also of IPv6, a name, or an alias, which knows fewer rules than DNS. */
const isSshWord = (text: string): boolean =>
  parseAddress(text) !== undefined || /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/.test(text);

const isJump = (text: string): boolean =>
  /^\s*([^@\s:-][^@\s:]*@)?([A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?\s*$/.test(text);

const ssh = (
  path: Path,
  {
    jump,
    hostKey,
    user,
  }: { readonly jump?: string | undefined; readonly hostKey?: string | undefined; readonly user?: string | undefined },
): readonly Finding[] => [
  ...(jump === undefined || jump.split(',').every(isJump)
    ? []
    : [
        mistake(
          'bad-jump',
          [...path, 'jump'],
          `'${jump}' is not a valid jump host`,
          'user@host:port, several with commas, IPv6 addresses in brackets',
        ),
      ]),
  ...(hostKey === undefined || /^(ssh-|ecdsa-sha2-|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}( .*)?$/.test(hostKey)
    ? []
    : [
        mistake(
          'bad-host-key',
          [...path, 'hostKey'],
          'this is not a public host key',
          'as ssh-keyscan prints it, without the host: ssh-ed25519 AAAA…',
        ),
      ]),
  ...(user === undefined || /^[^-\s:@][^\s:@]*$/.test(user)
    ? []
    : [mistake('bad-user', [...path, 'user'], `'${user}' is not a valid user's name`)]),
];

const doubled = (path: Path, roles: readonly string[]): readonly Finding[] =>
  roles.flatMap((role, n) =>
    roles.indexOf(role) < n ? [warning('duplicate-role', [...path, n], `${role} is named twice`)] : [],
  );

const at = ({ origins }: Checkable, host: number): Path => ['hosts', origins[host] ?? 0];
const entry = ({ written, origins }: Checkable, host: number): { readonly name?: string | undefined } => {
  const found = written.hosts[origins[host] ?? 0];
  return typeof found === 'object' ? found : {};
};
const addressPath = (input: Checkable, host: number): Path =>
  typeof input.written.hosts[input.origins[host] ?? 0] === 'string' ? at(input, host) : [...at(input, host), 'address'];

/** Networks that are networks, large enough, and apart from each other and from the hosts. */
import { nodes } from '../../model/cluster.js';
import {
  type Cidr,
  contains,
  networkOf,
  overlaps,
  parseIPv4,
  parseIPv4Cidr as parseCidr,
  prefixOf,
} from '../../net/address.js';
import type { Path } from '../document.js';
import { mistake, type Check, type Checkable, type Finding } from '../finding.js';
import { freeNetworks } from '../free-networks.js';
import { isDnsName } from '../names.js';

export const checkNetwork: Check = input => [
  ...syntax(input, 'pods'),
  ...syntax(input, 'services'),
  ...domain(input),
  ...sizes(input),
  ...apart(input),
  ...hostsInside(input),
];

const syntax = ({ spec }: Checkable, key: 'pods' | 'services'): readonly Finding[] => {
  const [text, path] = [spec.network[key], ['network', key] as const];
  const cidr = parseCidr(text);
  if (!cidr)
    return [mistake('bad-cidr', path, `'${text}' is not a valid IPv4 network`, 'address/length: 10.244.0.0/16')];
  if (networkOf(cidr) !== text)
    return [
      mistake('cidr-host-bits', path, `${text} is an address within a network`, `did you mean '${networkOf(cidr)}'?`),
    ];
  const taken = special.find(one => overlaps(one, cidr));
  return taken
    ? [mistake('cidr-overlap', path, `${text} overlaps ${taken}, which is not for networks of your own`)]
    : [];
};

const special = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3']
  .map(text => parseCidr(text))
  .filter(cidr => cidr !== undefined);

const domain = ({ spec: { network } }: Checkable): readonly Finding[] =>
  isDnsName(network.domain)
    ? []
    : [
        mistake(
          'bad-domain',
          ['network', 'domain'],
          `'${network.domain}' is not a valid DNS name`,
          'small letters, digits and dashes between dots: cluster.local',
        ),
      ];

/** The API server takes /12 at most; below /28 the address of DNS (the tenth) does not fit. */
const sizes = ({ spec, written }: Checkable): readonly Finding[] => {
  const [pods, services] = [parseCidr(spec.network.pods), parseCidr(spec.network.services)];
  const { hostPrefix } = spec.network;
  return [
    ...(services && prefixOf(services) > 28
      ? [
          mistake(
            'services-too-small',
            ['network', 'services'],
            `${services} has ${2 ** (32 - prefixOf(services))} addresses; cluster DNS alone takes the tenth`,
            'take a /12 to /28; /16 is plenty',
          ),
        ]
      : []),
    ...(services && prefixOf(services) < 12
      ? [
          mistake(
            'services-too-large',
            ['network', 'services'],
            `${services} is larger than the API server takes`,
            'take a /12 at most',
          ),
        ]
      : []),
    ...(pods && hostPrefix < prefixOf(pods)
      ? [
          mistake(
            'bad-host-prefix',
            ['network', written.network?.hostPrefix === undefined ? 'pods' : 'hostPrefix'],
            `a host's share (/${hostPrefix}) is larger than the whole pod network (${pods})`,
          ),
        ]
      : []),
    ...(pods && hostPrefix >= prefixOf(pods) ? tooFew(pods, hostPrefix, nodes(spec).length) : []),
  ];
};

const tooFew = (pods: Cidr, hostPrefix: number, hosts: number): readonly Finding[] => {
  const shares = 2 ** (hostPrefix - prefixOf(pods));
  if (hosts <= shares) return [];
  const enough = Math.max(8, hostPrefix - Math.ceil(Math.log2(hosts)));
  return [
    mistake(
      'pods-too-small',
      ['network', 'pods'],
      `${pods} holds ${shares} shares of /${hostPrefix}, and there are ${hosts} hosts`,
      `take a /${enough} or wider, or a longer hostPrefix`,
    ),
  ];
};

const apart = ({ spec, written }: Checkable): readonly Finding[] => {
  const [pods, services] = [parseCidr(spec.network.pods), parseCidr(spec.network.services)];
  if (!pods || !services || !overlaps(pods, services)) return [];
  return [
    mistake(
      'cidr-overlap',
      ['network', written.network?.services === undefined ? 'pods' : 'services'],
      `services ${services} overlap pods ${pods}`,
      'give each a network of its own',
    ),
  ];
};

const hostsInside = ({ spec, origins, written }: Checkable): readonly Finding[] => {
  const free = freeNetworks([...spec.hosts.map(host => host.address), spec.endpoint.address]);
  const addressPath = (entry: number): Path =>
    typeof written.hosts[entry] === 'object' ? ['hosts', entry, 'address'] : ['hosts', entry];
  return (['pods', 'services'] as const).flatMap(key => {
    const cidr = parseCidr(spec.network[key]);
    if (!cidr) return [];
    const inside = (text: string) => {
      const address = parseIPv4(text);
      return address !== undefined && contains(cidr, address);
    };
    const index = spec.hosts.findIndex(({ address }) => inside(address));
    const count = spec.hosts.filter(({ address }) => inside(address)).length;
    return [
      ...(index < 0
        ? []
        : [
            mistake(
              'cidr-overlap',
              addressPath(origins[index] ?? 0),
              `${spec.hosts[index]?.address}${count > 1 ? ` (and ${count - 1} more)` : ''} lies in the network ` +
                `of ${key}, ${cidr}`,
              `a free one is network.${key}: ${free[key]}`,
            ),
          ]),
      ...(inside(spec.endpoint.address) && index < 0
        ? [
            mistake(
              'cidr-overlap',
              ['endpoint', 'address'],
              `${spec.endpoint.address} lies in the network of ${key}, ${cidr}`,
              `a free one is network.${key}: ${free[key]}`,
            ),
          ]
        : []),
    ];
  });
};

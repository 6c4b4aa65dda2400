/** Can the API be found at the endpoint, and is its port free there? */
import { servedOf, withRole, type ClusterSpec } from '../../model/cluster.js';
import { apiserverPort } from '../../model/components.js';
import { mistake, warning, type Check, type Checkable, type Finding } from '../finding.js';
import { parseIPv4 } from '../../net/address.js';
import { isAddressOrName } from '../names.js';
import { checkAlso, whosePort } from './also.js';

export const checkEndpoint: Check = input => {
  if (input.broken('endpoint') || input.broken('hosts') || withRole(input.spec, 'controlPlane').length === 0) return [];
  return [...address(input), ...ports(input.spec), ...loadBalancers(input), ...checkAlso(input)];
};

const path = ['endpoint', 'address'] as const;

const address = (input: Checkable): readonly Finding[] => {
  const { address: text, balance } = input.spec.endpoint;
  const missing = input.written.endpoint?.address === undefined;
  if (missing && (balance === 'external' || balance === 'virtual-address'))
    return [
      mistake(
        'endpoint-address-missing',
        ['endpoint'],
        `balance '${balance}' needs an address`,
        balance === 'external'
          ? 'name your load balancer: endpoint.address'
          : "name a free address of the hosts' network: endpoint.address",
      ),
    ];
  if (!isAddressOrName(text)) return [mistake('bad-address', path, `'${text}' is neither an address nor a name`)];
  if (balance === 'virtual-address') return virtual(input.spec);
  if (balance === 'direct') return direct(input.spec, missing);
  return balance === 'local' && !text.startsWith('127.')
    ? [
        mistake(
          'endpoint-address-taken',
          path,
          `balance 'local' listens on loopback, not on ${text}`,
          'leave the address out, or choose virtual-address',
        ),
      ]
    : [];
};

const virtual = ({ endpoint, hosts }: ClusterSpec): readonly Finding[] => {
  if (parseIPv4(endpoint.address) === undefined)
    return [
      mistake(
        'bad-address',
        path,
        `'${endpoint.address}' is not a valid IPv4 address: keepalived carries addresses, not names`,
      ),
    ];
  const owner = hosts.find(host => host.address === endpoint.address);
  return owner
    ? [
        mistake(
          'endpoint-address-taken',
          path,
          `${endpoint.address} is ${owner.name}'s own address`,
          'a virtual address is one that no host has; a free one of the same network',
        ),
      ]
    : [];
};

const direct = (spec: ClusterSpec, missing: boolean): readonly Finding[] => {
  const planes = withRole(spec, 'controlPlane');
  const [first] = planes;
  if (planes.length > 1)
    return [
      mistake(
        'endpoint-not-balanced',
        ['endpoint', 'balance'],
        `balance 'direct' with ${planes.length} control planes: clients of one that fails find no other`,
        'leave it out for a load balancer on every host, or choose virtual-address',
      ),
    ];
  const own =
    missing ||
    parseIPv4(spec.endpoint.address) === undefined ||
    spec.endpoint.address === first?.address ||
    spec.endpoint.address === first?.externalAddress;
  return own
    ? []
    : [
        mistake(
          'endpoint-address-taken',
          path,
          `${spec.endpoint.address} is not the address of the control plane ${first?.name}`,
          `did you mean '${first?.address}'?`,
        ),
      ];
};

const ports = (spec: ClusterSpec): readonly Finding[] => {
  const { port, balance } = spec.endpoint;
  const at = ['endpoint', 'port'] as const;
  if (balance === 'external') return [];
  if (balance === 'direct')
    return port === apiserverPort
      ? []
      : [
          mistake(
            'endpoint-port-taken',
            at,
            `balance 'direct' is the API server's own port, ${apiserverPort}, not ${port}`,
            'leave the port out',
          ),
        ];
  const owner = whosePort(spec, port);
  if (owner)
    return [
      mistake(
        'endpoint-port-taken',
        at,
        `port ${port} is ${owner.program}'s on the same host`,
        'leave it out for a free one',
      ),
    ];
  return port >= 30000 && port <= 32767
    ? [
        warning(
          'endpoint-port-nodeport',
          at,
          `port ${port} lies among those of NodePort Services`,
          'leave it out for 8443',
        ),
      ]
    : [];
};

const loadBalancers = ({ spec, origins, written }: Checkable): readonly Finding[] => {
  const own = withRole(spec, 'loadBalancer');
  const [first] = own;
  if (!first || servedOf(spec).some(({ balance }) => balance === 'virtual-address')) return [];
  const at = written.endpoint ? ['endpoint'] : ['hosts', origins[spec.hosts.indexOf(first)] ?? 0];
  return [
    mistake(
      'endpoint-address-missing',
      at,
      `${own.length === 1 ? `${first.name} is a load balancer` : `${own.length} hosts are load balancers`}, and ` +
        'nothing says at which address',
      "name a free address of the hosts' network: endpoint.address",
    ),
  ];
};

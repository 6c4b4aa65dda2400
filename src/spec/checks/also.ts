/** Can the endpoints of `endpoint.also` be served beside the one that the cluster uses? */
import { type ClusterSpec, type Served, servedOf, withRole } from '../../model/cluster.js';
import { apiserverPort, balancersOf, type Component, componentsOf } from '../../model/components.js';
import { parseIPv4 } from '../../net/address.js';
import type { Path } from '../document.js';
import { type Checkable, type Finding, mistake } from '../finding.js';
import { routerIdFor } from '../../model/router-id.js';
import { isAddressOrName } from '../names.js';

export const checkAlso = ({ spec, broken }: Checkable): readonly Finding[] => {
  const also = broken('endpoint', 'also') ? [] : (spec.endpoint.also ?? []);
  return also.flatMap((one, at) =>
    [...address(spec, one, at), ...port(spec, one, at), ...twice(spec, one, at)].slice(0, 1),
  );
};

const pathOf = (at: number): Path => ['endpoint', 'also', at];

const address = (spec: ClusterSpec, { address: text, balance }: Served, at: number): readonly Finding[] => {
  const bad = (code: string, says: string, help: string): readonly Finding[] => [mistake(code, pathOf(at), says, help)];
  if (!isAddressOrName(text))
    return bad('bad-address', `'${text}' is neither an address nor a name`, 'an address, a name, or either with :PORT');
  if (balance === 'local' && !text.startsWith('127.'))
    return bad('bad-address', `balance 'local' listens on loopback, not on ${text}`, 'write 127.0.0.1');
  if (balance === 'direct' && !planesHave(spec, text))
    return bad('bad-address', `${text} is not the address of a control plane`, 'leave balance out');
  if (balance !== 'virtual-address') return [];
  if (parseIPv4(text) === undefined)
    return bad('bad-address', `'${text}' is not a valid IPv4 address`, 'keepalived carries addresses, not names');
  const owner = spec.hosts.find(host => host.address === text);
  return owner
    ? bad(
        'endpoint-address-taken',
        `${text} is ${owner.name}'s own address`,
        'a virtual address is one that no host has',
      )
    : [];
};

const planesHave = (spec: ClusterSpec, text: string): boolean =>
  parseIPv4(text) === undefined ||
  withRole(spec, 'controlPlane').some(one => one.address === text || one.externalAddress === text);

const port = (spec: ClusterSpec, { port, balance }: Served, at: number): readonly Finding[] => {
  const taken = (says: string): readonly Finding[] => [
    mistake('endpoint-port-taken', pathOf(at), says, 'name its port'),
  ];
  if (balance === 'external') return [];
  if (balance === 'direct')
    return port === apiserverPort
      ? []
      : taken(`balance 'direct' is the API server's own port, ${apiserverPort}, not ${port}`);
  const owner = whosePort(spec, port);
  return owner ? taken(`port ${port} is ${owner.program}'s on the same host`) : [];
};

/** Whose port it is on a host that balances. */
export const whosePort = (spec: ClusterSpec, port: number): Component | undefined =>
  balancersOf(spec)
    .flatMap(componentsOf)
    .find(one => one.ports.some(taken => taken.port === port));

/** No two endpoints are one, and no two virtual addresses have one router id. */
const twice = (spec: ClusterSpec, one: Served, at: number): readonly Finding[] => {
  const before = servedOf(spec).slice(0, at + 1);
  if (before.some(each => each.address === one.address && each.port === one.port))
    return [mistake('endpoint-twice', pathOf(at), `${one.address}:${one.port} is served already`, 'leave it out here')];
  const id = one.virtualRouterId;
  const other = before.find(each => each.balance === 'virtual-address' && idOf(spec, each) === id);
  if (id !== undefined && one.balance !== 'virtual-address')
    return [
      mistake('key-without-effect', pathOf(at), `virtualRouterId: nothing carries ${one.address}`, 'leave it out'),
    ];
  return id !== undefined && other && other.address !== one.address
    ? [
        mistake(
          'endpoint-router-twice',
          pathOf(at),
          `${one.address} and ${other.address} have the virtual router id ${id} both`,
          'give each its own, or leave both out',
        ),
      ]
    : [];
};

/** What nobody wrote yields to what is carried. */
const idOf = ({ name, endpoint }: ClusterSpec, one: Served): number | undefined =>
  one === endpoint && one.virtualRouterId === routerIdFor(name) ? undefined : one.virtualRouterId;

/** Whether an endpoint answers, by what units have read and not by what lies on the disks. */
import { haproxyConfig, keepalivedConfig } from '../../src/blueprint/render/paths.js';
import { type Machine, runs } from './machine.js';

const api = 'kube-apiserver.service';
const readBy = (one: Machine, unit: string, path: string): string =>
  runs(one, unit) ? (one.units.get(unit)?.read.get(path) ?? '') : '';
const binds = (one: Machine, at: string): boolean =>
  readBy(one, 'kw-haproxy.service', haproxyConfig).includes(`\n  bind ${at}\n`);
const carries = (one: Machine, address: string): boolean =>
  readBy(one, 'kw-keepalived.service', keepalivedConfig).includes(`\n    ${address}/32 dev `);

/** The certificate of this host's API server names where it is asked. */
export const names = ({ shows }: Machine, at: string): boolean =>
  shows?.request.sans.includes(at.replace(/:\d+$/, '')) === true;

/** As a client on this host finds it: something listens, and whatever server it is led to is named so. */
export const isReached = (from: Machine, at: string, machines: readonly Machine[]): boolean =>
  whyNot(from, at, machines) === undefined;

export const whyNot = (from: Machine, at: string, machines: readonly Machine[]): string | undefined => {
  const [, address = '', port = ''] = /^(.*):(\d+)$/.exec(at) ?? [];
  const servers = machines.filter(one => runs(one, api));
  const own = servers.find(one => addressOf(one) === address);
  const unnamed = (own ? [own] : servers).find(one => !names(one, at));
  if (unnamed) return `the certificate of ${unnamed.id} does not name ${address}`;
  if (own) return port === '6443' ? undefined : `${own.id} does not listen on ${port}`;
  if (address.startsWith('127.')) return binds(from, at) ? undefined : `${from.id} does not listen on ${at}`;
  // A name is somebody else's load balancer.
  if (!/^[\d.]+$/.test(address)) return undefined;
  const holders = machines.filter(one => carries(one, address));
  const deaf = holders.find(one => !binds(one, `*:${port}`));
  if (deaf) return `${deaf.id} may hold ${address}, and does not listen on ${port}`;
  return holders.length > 0 ? undefined : `nobody carries ${address}`;
};

const addressOf = (one: Machine): string | undefined =>
  /--advertise-address=(\S+)/.exec(one.files.get(`/etc/systemd/system/${api}`)?.text ?? '')?.[1];

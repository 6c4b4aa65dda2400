/**
 * keepalived of a host whose own address changes. The others do not hear it from the new address, nor it them, before
 * all have read the new one: two hosts would hold the virtual address. So it steps back first, and begins last.
 */
import type { Host } from '../../model/cluster.js';
import { sharedBalancersOf } from '../../model/components.js';
import type { Resource, ResourceId } from '../../model/resource.js';
import { sh } from '../../shell/sh.js';
import { formerAddresses } from '../access/former-addresses.js';
import type { HostContext, Input } from '../input.js';
import { keepalivedConfig } from '../render/paths.js';
import { want } from '../wanted.js';

const unit = 'kw-keepalived.service';

const isMoving = (input: Input, host: Host): boolean =>
  (input.facts.get(host.name)?.built?.carries ?? []).length > 0 && formerAddresses(input, host).length > 0;

/** Where nobody else can hold the virtual address, it stays until this one reads its file. */
const others = ({ spec, facts }: Input, host: Host): readonly Host[] =>
  sharedBalancersOf(spec).filter(one => one.name !== host.name && facts.has(one.name));

const back = ({ name }: Host): ResourceId => `${name}/command/keepalived-steps-back`;

const stepsBack = (context: HostContext, host: Host): boolean =>
  isMoving(context, host) && others(context, host).length > 0;

/** As late as can be: after its own member of etcd, which goes first. */
export const steppingBack = (context: HostContext): readonly Resource[] => {
  const { host } = context;
  if (!stepsBack(context, host)) return [];
  return [
    want(
      'command',
      host.name,
      'keepalived-steps-back',
      {
        unless: sh`! systemctl -q is-active ${unit} || grep -q ${`^ *unicast_src_ip ${host.address}$`} \
${keepalivedConfig} || echo 'it announces itself from its former address'`,
        run: sh`systemctl stop ${unit}`,
        risk: 'none',
      },
      {
        stage: 'control-plane',
        because: `the virtual address is another host's until all know ${host.name} at ${host.address}`,
        after: host.roles.includes('etcd') ? [`${host.name}/service/etcd.service`] : [],
      },
    ),
  ];
};

/** What keepalived of this host, and its file, come after. */
export const keepalivedAfter = (context: HostContext): readonly ResourceId[] => {
  const { host } = context;
  const all = others(context, host);
  if (!stepsBack(context, host)) return all.filter(one => stepsBack(context, one)).map(back);
  const stay = all.filter(one => !stepsBack(context, one));
  return [back(host), ...stay.map(({ name }): ResourceId => `${name}/service/${unit}`)];
};

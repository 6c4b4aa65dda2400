/** Control planes remember a host that leaves from before its Node goes until nothing of it is left to be done. */
import { type Host, withRole } from '../../model/cluster.js';
import type { Resource, ResourceId, Stage } from '../../model/resource.js';
import { raw, type Script, sh } from '../../shell/sh.js';
import type { Input, Removed } from '../input.js';
import { leftHosts, networkPeers } from '../render/paths.js';
import { want } from '../wanted.js';

/** After everything that stays, and never without all that comes before it. */
export const stage: Stage = 'addons';

/** Who remembers it: whoever of them is not seen learns it, or forgets it, at the next run. */
export const keepers = ({ spec, facts }: Pick<Input, 'spec' | 'facts'>): readonly Host[] =>
  withRole(spec, 'controlPlane').filter(({ name }) => facts.has(name));

export const remembers = (keeper: string, { name, address, podCidr }: Removed): Resource =>
  want(
    'command',
    keeper,
    `host-leaves-${name}`,
    {
      unless: sh`[ -e ${leftHosts}/${name} ] || echo 'it is not written down yet'`,
      run: sh`mkdir -p ${leftHosts} && echo ${address} ${podCidr} "$(date +%s)" >${leftHosts}/.${name}.part && \
mv ${leftHosts}/.${name}.part ${leftHosts}/${name}`,
      risk: 'none',
    },
    { stage, because: `${name} leaves the cluster: it is remembered until nothing of it is left to be done` },
  );

/** Its name, and its share of the pod network, are free then. `isBack`: the file names it again. */
export const forgets = (
  keeper: string,
  name: string,
  after: readonly ResourceId[],
  { isBack = false } = {},
): Resource =>
  want(
    'command',
    keeper,
    `host-left-${name}`,
    {
      unless: isBack ? isRemembered(name) : sh`${raw(inTable(name))} || ${raw(isRemembered(name))}`,
      run: sh`rm -f ${leftHosts}/${name}; rmdir ${leftHosts} 2>/dev/null; true`,
      risk: 'none',
    },
    {
      stage,
      because: isBack ? `${name} is back in the file` : `${name} has left: its share of the pod network is free`,
      after,
    },
  );

const isRemembered = (name: string): Script => sh`[ ! -e ${leftHosts}/${name} ] || echo 'it is remembered'`;
const inTable = (name: string): Script =>
  sh`{ grep -q ${`^${name} `} ${networkPeers} 2>/dev/null && echo 'it has a route'; }`;

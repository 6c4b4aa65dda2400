/** Hosts that left the cluster while nobody could reach them, and that the file names again. */
import { nodes } from '../../model/cluster.js';
import type { Left } from '../../model/host-facts.js';
import { clusterHost, idOf, type Resource, type ResourceId } from '../../model/resource.js';
import { sh } from '../../shell/sh.js';
import type { Input } from '../input.js';
import { want } from '../wanted.js';
import { forgets, keepers } from './forget.js';

/** The file has a host of that name, or another one at its address, and it was seen. */
const isBack = ({ spec, facts }: Input, one: Left): boolean =>
  spec.hosts.some(({ name, address }) => facts.has(name) && (name === one.name || address === one.address));

/** A kubelet that runs does not make its Node a second time: it is started anew, and then the host is as any other. */
export function returned(input: Input): readonly Resource[] {
  const back = (input.left ?? []).filter(one => isBack(input, one));
  return back.flatMap(one => {
    const again = isNode(input, one.name) ? [registersAgain(one)] : [];
    const keep = keepers(input).map(({ name }) => forgets(name, one.name, again.map(idOf), { isBack: true }));
    return [...again, ...keep];
  });
}

const isNode = ({ spec, facts }: Input, name: string): boolean =>
  facts.has(name) && nodes(spec).some(one => one.name === name);

const registersAgain = ({ name, since }: Left): Resource =>
  want(
    'command',
    name,
    'registers-again',
    {
      unless: sh`at=$(systemctl show -p ActiveEnterTimestamp kubelet.service) at=\${at#*=}
[ -z "$at" ] || [ "$(date -d "$at" +%s)" -gt ${since} ] || echo 'its kubelet runs since before the host left'`,
      run: sh`systemctl try-restart kubelet.service`,
      risk: 'none',
    },
    {
      stage: 'nodes',
      because: `${name} had left the cluster: its kubelet makes its Node anew`,
      after: [`${name}/service/kubelet.service`],
    },
  );

/** What waits for the Node of a host that has come back, and what for. */
export const awaited = (input: Input): ReadonlyMap<ResourceId, readonly ResourceId[]> =>
  new Map(
    (input.left ?? [])
      .filter(({ name }) => isNode(input, name))
      .flatMap(({ name }) =>
        (['object', 'api'] as const).map(
          kind => [`${clusterHost}/${kind}//api/v1/nodes/${name}`, [`${name}/command/registers-again`]] as const,
        ),
      ),
  );

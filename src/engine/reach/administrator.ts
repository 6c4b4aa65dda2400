/** Who asks the API of a cluster that others built: their administrator, as a control plane's kubeconfig has them. */
import { type ClusterSpec, withRole } from '../../model/cluster.js';
import { type Failure, WorldFailed } from '../../model/event.js';
import type { ApiWay } from '../gather/api.js';
import { subjectsIn } from '../gather/targets.js';
import { adminWays } from '../gather/ways.js';
import type { Context } from '../context.js';

/** Read over ssh for this run, never kept. */
export type Administrator = Pick<ApiWay, 'caPem' | 'credentials' | 'glass'>;

export interface AdministratorParts {
  readonly spec: ClusterSpec;
  readonly lost: ReadonlyMap<string, Failure>;
  readonly connections: Context['connections'];
}

/** Of the first control plane that has one. Throws WorldFailed (refused) where none has. */
export async function theirAdministrator({ spec, lost, connections }: AdministratorParts): Promise<Administrator> {
  const whys: string[] = [];
  for (const { name } of withRole(spec, 'controlPlane')) {
    const host = subjectsIn(spec).find(one => one.name === name);
    if (!host || lost.has(name)) whys.push(`${name}: not connected`);
    else {
      const [way] = await adminWays(host, () => connections(name));
      if (way) return way;
      whys.push(`${name}: no /etc/kubernetes/admin.conf that can be used`);
    }
  }
  throw new WorldFailed({
    class: 'refused',
    message: `no control plane has an administrator's kubeconfig (${whys.join('; ')})`,
    help: 'put one back as /etc/kubernetes/admin.conf of a control plane; kw doctor says what became of it',
  });
}

/** What failed is asked again. */
export const once = <T>(act: () => Promise<T>): (() => Promise<T>) => {
  let first: Promise<T> | undefined;
  return () => {
    first ??= act().catch((error: unknown) => {
      first = undefined;
      throw error;
    });
    return first;
  };
};

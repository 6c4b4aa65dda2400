/**
 * Each API server reads every Secret that there is: one that lacks a key answers 500 where one is stored with it. That
 * it has read its file anew is the engine's proof: it started after its file was written.
 */
import { encryptedResources } from '../../blueprint/components/secrets-at-rest.js';
import { withRole } from '../../model/cluster.js';
import { list } from '../../kube/list.js';
import type { Edge, Turning } from './rotatable.js';

export const readEdges = ({ session, input }: Turning): Promise<readonly Edge[]> =>
  Promise.all(
    withRole(input.spec, 'controlPlane').map(async ({ name: host }): Promise<Edge> => {
      const name = `${host}: its API server`;
      try {
        const api = await session.apiAt(host);
        let count = 0;
        for (const resource of encryptedResources) count += (await list(api, `/api/v1/${resource}`)).length;
        return { name, ok: true, says: `reads all ${count} Secrets` };
      } catch (error) {
        return { name, ok: 'unknown', says: error instanceof Error ? error.message : String(error) };
      }
    }),
  );

/** The proof of a session's cluster, for `up` and `verify`. */
import { randomBytes } from 'node:crypto';
import { prove } from '../../engine/prove/index.js';
import { publicImage } from '../../engine/prove/workload.js';
import type { World } from '../../engine/prove/world.js';
import type { Session } from '../../engine/session.js';
import type { ArtifactSet } from '../../model/artifact.js';
import type { EventBody } from '../../model/event.js';

export async function proveSession(session: Session, artifacts: ArtifactSet, emit: (body: EventBody) => void): Promise<boolean> {
  const api = await session.api();
  const world: World = {
    request: (method, path, body, contentType) => api.request(method as 'GET', path, body, contentType),
    run: async (host, script, timeoutMs) => (await session.connections(host)).run(script, timeoutMs === undefined ? {} : { timeoutMs }),
  };
  return prove(session.spec, world, { image: artifacts.images.probe?.ref ?? publicImage, suffix: randomBytes(3).toString('hex').slice(0, 5), failover: true }, emit);
}

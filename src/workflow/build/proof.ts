/** The proof of a session's cluster, for `up` and `verify`. */
import { randomBytes } from 'node:crypto';
import { prove } from '../../engine/prove/index.js';
import { nodesThatWaitForCni } from '../../engine/prove/cni.js';
import { type EarlyStage, proveStages } from '../../engine/prove/stages.js';
import { publicImage } from '../../engine/prove/workload.js';
import type { World } from '../../engine/prove/world.js';
import type { Session } from '../../engine/session.js';
import type { ArtifactSet } from '../../model/artifact.js';
import type { EventBody } from '../../model/event.js';
import type { Stage } from '../../model/resource.js';

export interface Proving {
  readonly emit: (body: EventBody) => void;
  readonly signal?: AbortSignal | undefined;
  /** Whether the load balancer that holds the API's address may be stopped for a moment. */
  readonly failover?: boolean;
}

export async function proveSession(
  session: Session,
  artifacts: ArtifactSet,
  { emit, signal, failover = false }: Proving,
): Promise<boolean> {
  const world = worldOf(session);
  if (session.spec.network.provider === 'none') {
    const waiting = await nodesThatWaitForCni(world);
    if (waiting.length > 0) {
      emit({
        type: 'note',
        says:
          `nothing is proven yet: network.provider is none, and ${waiting.join(', ')} wait for a CNI plugin; ` +
          'install yours, then kw verify',
      });
      return true;
    }
  }
  return prove(
    session.spec,
    world,
    {
      image: artifacts.images.probe?.ref ?? publicImage,
      suffix: randomBytes(3).toString('hex').slice(0, 5),
      failover,
      signal,
    },
    emit,
  );
}

/** What `--until` asks for: the stages so far; with the last one, all of it. */
export const proveUntil = (
  session: Session,
  artifacts: ArtifactSet,
  until: Stage,
  proving: Proving,
): Promise<boolean> =>
  isEarly(until)
    ? proveStages(session.spec, worldOf(session), until, proving.emit, proving.signal)
    : proveSession(session, artifacts, proving);

const isEarly = (stage: Stage): stage is EarlyStage => stage !== 'addons' && stage !== 'host';

const worldOf = (session: Session): World => ({
  request: async (method, path, body, contentType) =>
    (await session.api()).request(method as 'GET', path, body, contentType),
  run: async (host, script, timeoutMs) =>
    (await session.connections(host)).run(script, timeoutMs === undefined ? {} : { timeoutMs }),
});

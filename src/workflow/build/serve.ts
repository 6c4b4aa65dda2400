/**
 * The control machine's artifacts for the hosts of one run: over HTTP, and in pieces through ssh for hosts that cannot
 * fetch.
 */
import { serveArtifacts } from '../../artifacts/index.js';
import type { ArtifactServer } from '../../engine/context.js';
import { chunksOf } from '../../engine/reach/chunks.js';
import type { ArtifactSet } from '../../model/artifact.js';
import type { Plan } from '../../model/plan.js';

export interface Served {
  readonly server?: ArtifactServer;
  close(): Promise<void>;
}

/** A plan that fetches nothing opens no port, and asks for no artifacts. */
export async function serveFor(plan: Plan, artifacts: () => Promise<ArtifactSet>): Promise<Served> {
  if (!plan.steps.some(step => step.actions.some(action => action.do === 'fetch')))
    return { close: async () => undefined };
  const set = await artifacts();
  const files = new Map(
    [...Object.values(set.binaries), ...Object.values(set.cniPlugins), ...Object.values(set.images)].map(file => [
      file.sha256,
      file,
    ]),
  );
  const served = await serveArtifacts(files, { bind: '0.0.0.0' });
  return {
    server: { port: served.port, token: served.token, chunk: chunksOf(files), onProgress: served.onProgress },
    close: served.close,
  };
}

/** The proof that ends `up`, by itself, and like it alone on the cluster: where agreed, it stops a load balancer. */
import { tellStopping } from './build/execute.js';
import { mayFailOver } from './build/fail-over.js';
import { tellLost } from './build/lost.js';
import { proveSession } from './build/proof.js';
import type { ClusterFile } from './cluster-file.js';
import type { Ports } from './ports.js';
import { artifactsOf, begin, vaultOf, within } from './story.js';

/**
 * Whether all of it was proven.
 * @param options.failover The API's address may change its holder for some seconds; absent: a person is asked.
 */
export async function verify(
  file: ClusterFile,
  ports: Ports,
  options: { readonly failover?: boolean | undefined } = {},
): Promise<boolean> {
  const story = begin(ports, file.warnings);
  return within(story, file, { purpose: 'cure', keys: 'fetch' }, async session => {
    tellLost(session, story.emit);
    const [artifacts] = await Promise.all([artifactsOf(story, file.spec), vaultOf(session)]);
    const failover = await mayFailOver(file.spec, options.failover, story);
    const nothing = { cluster: file.spec.name, steps: [], examined: 0, unseen: [], digest: '' };
    const { signal } = ports;
    const stopped = tellStopping(story, 'kw verify');
    try {
      const run = await session.run(nothing, {
        command: 'kw verify',
        wanted: new Map(),
        events: story.events,
        proves: true,
        ...(signal ? { signal } : {}),
      });
      try {
        return await proveSession(session, artifacts, { emit: run.emit, signal, failover });
      } finally {
        await run.end();
      }
    } finally {
      stopped();
    }
  });
}

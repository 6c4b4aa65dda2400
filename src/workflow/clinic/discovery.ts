/** Asks a host of an external cluster who it is; one that does not answer is a fact too. */
import { type DiscoveredHost, readDiscovery, discoveryScript } from '../../discovery/hosts.js';
import type { Host } from '../../model/cluster.js';
import { WorldFailed } from '../../model/event.js';
import type { Connection } from '../../transport/connection.js';

export const askSigns = async (host: Host, connection: () => Promise<Connection>): Promise<DiscoveredHost> => {
  try {
    const { stdout } = await (await connection()).run(discoveryScript, { timeoutMs: 20_000 });
    return { host, facts: readDiscovery(stdout) };
  } catch (error) {
    if (error instanceof WorldFailed) return { host, why: error.failure.message };
    throw error;
  }
};

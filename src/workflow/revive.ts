/**
 * A cluster whose certificates have ended is brought back. The plan is that of `kw up`, which puts the steps into this
 * order by itself; a person who types the act gets it alone, or a word that nothing has ended.
 */
import type { Ended } from './build/execute.js';
import { knownHosts } from './build/first-build.js';
import type { ClusterFile } from './cluster-file.js';
import type { Ports } from './ports.js';
import { up, type UpOptions } from './up.js';

export interface ReviveOptions extends Pick<UpOptions, 'yes' | 'verify'> {
  /** Nodes that are not waited for: their pods may be taken from them. */
  readonly without?: readonly string[] | undefined;
}

export async function revive(file: ClusterFile, ports: Ports, options: ReviveOptions = {}): Promise<Ended> {
  knownHosts(file, options.without ?? []);
  return up(file, ports, { ...options, command: 'kw revive', revives: true, stay: true });
}

/** The chart of a command: of a cluster file, of named hosts, of a kubeconfig alone, or of a bundle. */
import { readFile } from 'node:fs/promises';
import { readBundle } from '../../clinic/bundle/bundle.js';
import type { Chart } from '../../clinic/chart/chart.js';
import { gatherChart } from '../../engine/gather/chart.js';
import { gatherDesk } from '../../engine/gather/desk.js';
import { type OwnKubeconfig, ownKubeconfig } from '../../engine/gather/own-kubeconfig.js';
import { kubeconfigWay } from '../../engine/gather/ways.js';
import { mistaken } from '../complaint.js';
import { clock } from '../cluster/open.js';
import { ofClusterFile } from './cluster-file.js';
import { ofHosts } from './hosts.js';

export interface Sight {
  readonly file: string;
  readonly bundle?: string;
  readonly kubeconfig?: string;
  /** `a,b,user@c:22`. */
  readonly hosts?: string;
  readonly sshUser?: string;
  readonly sshKey?: string;
  /** Hosts that were stopped on purpose. */
  readonly stopped?: readonly string[];
}

export const see = async (sight: Sight): Promise<Chart> => {
  const given = (['bundle', 'kubeconfig', 'hosts'] as const).filter(
    one => sight[one] !== undefined && !(one === 'kubeconfig' && sight.hosts !== undefined),
  );
  if (given.length > 1)
    throw mistaken(
      'two-sources',
      `--${given[0]} and --${given[1]} are two clusters`,
      'give one of them (--hosts and --kubeconfig go together)',
    );
  const chart = await from(sight);
  const stopped = (sight.stopped ?? []).map(word =>
    chart.hosts.has(word) ? word : ([...chart.hosts.values()].find(host => host.address === word)?.name ?? word),
  );
  const stranger = stopped.find(name => !chart.hosts.has(name));
  if (stranger !== undefined)
    throw mistaken(
      'unknown-host',
      `--stopped ${stranger}: there is no such host`,
      `the hosts are ${[...chart.hosts.keys()].slice(0, 20).join(', ')}`,
    );
  return stopped.length > 0 ? { ...chart, stopped } : chart;
};

const from = async (sight: Sight): Promise<Chart> => {
  if (sight.bundle !== undefined) return opened(sight.bundle);
  const kubeconfig =
    sight.kubeconfig === undefined ? undefined : await ownKubeconfig(sight.kubeconfig, await text(sight.kubeconfig));
  const [chart, own] = await Promise.all([asked(sight, kubeconfig), kubeconfig && gatherDesk(kubeconfig, clock)]);
  return own ? { ...chart, hosts: new Map([...chart.hosts, [own.name, own]]) } : chart;
};

const asked = (sight: Sight, kubeconfig: OwnKubeconfig | undefined): Promise<Chart> => {
  if (sight.hosts !== undefined)
    return ofHosts(sight.hosts, { sshUser: sight.sshUser, sshKey: sight.sshKey, kubeconfig });
  if (kubeconfig)
    return gatherChart({
      hosts: [],
      connections: () => Promise.reject(new Error('no host is asked')),
      api: async () => [kubeconfigWay(kubeconfig.text, kubeconfig.path)],
      clock,
    });
  return ofClusterFile(sight.file, sight.stopped ?? []);
};

const opened = async (path: string): Promise<Chart> => {
  const bytes = await readFile(path).catch((error: Error) => {
    throw mistaken('no-bundle', `${path} cannot be read: ${error.message}`, 'kw bundle -o FILE writes one');
  });
  try {
    return readBundle(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw mistaken('bad-bundle', `${path}: ${error.message}`, 'kw bundle -o FILE writes a new one');
  }
};

const text = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: Error) => {
    throw mistaken('no-kubeconfig', `${path} cannot be read: ${error.message}`, 'name a kubeconfig that exists');
  });

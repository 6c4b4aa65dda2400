/** The chart of a story: of a cluster file, of named hosts, of a kubeconfig alone, or of a bundle. */
import { readFile } from 'node:fs/promises';
import { readBundle } from '../../clinic/bundle/bundle.js';
import type { Chart } from '../../clinic/chart/chart.js';
import { type Afterwards, gatherChart } from '../../engine/gather/chart.js';
import { gatherControlMachine } from '../../engine/gather/control-machine.js';
import { type OwnKubeconfig, ownKubeconfig } from '../../engine/gather/own-kubeconfig.js';
import { kubeconfigWay } from '../../engine/gather/ways.js';
import type { ClusterFile } from '../cluster-file.js';
import type { Diagnostic } from '../../model/diagnostic.js';
import { notBelieved, openToOthers } from '../../transport/own-place.js';
import { mistaken } from '../mistaken.js';
import type { Story } from '../story.js';
import { ofHosts } from './external-hosts.js';
import { oneCluster } from './one-cluster.js';
import { ofClusterFile } from './own-cluster.js';

/** Which cluster is looked at: one of these. */
export interface Source {
  /** Read only where nothing else is named. */
  readonly file?: (() => Promise<ClusterFile>) | undefined;
  /** Path of a bundle. */
  readonly bundle?: string;
  /** Path of a kubeconfig. */
  readonly kubeconfig?: string;
  /** `a,b,user@c:22`. */
  readonly hosts?: string;
  readonly sshUser?: string;
  readonly sshKey?: string;
  /** Hosts that were stopped on purpose. */
  readonly stopped?: readonly string[];
  /** Nothing is sent along the data path of pods. */
  readonly readOnly?: boolean;
}

const trafficOf = ({ readOnly }: Source) => (readOnly ? 'read-only' : 'measured');

/** `afterwards` asks for more while the hosts are connected; a bundle has nobody to ask. */
export const gather = async (story: Story, source: Source, afterwards?: Afterwards): Promise<Chart> => {
  const given = (['bundle', 'kubeconfig', 'hosts'] as const).filter(
    one => source[one] !== undefined && !(one === 'kubeconfig' && source.hosts !== undefined),
  );
  if (given.length > 1)
    throw mistaken(
      'two-sources',
      `--${given[0]} and --${given[1]} are two clusters`,
      'give one of them (--hosts and --kubeconfig go together)',
    );
  const chart = await from(story, source, afterwards);
  const stopped = (source.stopped ?? []).map(word =>
    chart.hosts.has(word) ? word : ([...chart.hosts.values()].find(host => host.address === word)?.name ?? word),
  );
  const unknown = stopped.find(name => !chart.hosts.has(name));
  if (unknown !== undefined)
    throw mistaken(
      'unknown-host',
      `--stopped ${unknown}: there is no such host`,
      `the hosts are ${[...chart.hosts.keys()].slice(0, 20).join(', ')}`,
    );
  return stopped.length > 0 ? { ...chart, stopped } : chart;
};

const from = async (story: Story, source: Source, afterwards: Afterwards | undefined): Promise<Chart> => {
  if (source.bundle !== undefined) return opened(source.bundle);
  const kubeconfig =
    source.kubeconfig === undefined
      ? undefined
      : await ownKubeconfig(source.kubeconfig, await text(source.kubeconfig, story));
  const [chart, own] = await Promise.all([
    asked(story, source, kubeconfig, afterwards),
    kubeconfig && gatherControlMachine(kubeconfig, story.ports.clock),
  ]);
  if (kubeconfig && source.hosts !== undefined) oneCluster(chart, kubeconfig);
  return own ? { ...chart, hosts: new Map([...chart.hosts, [own.name, own]]) } : chart;
};

const asked = async (
  story: Story,
  source: Source,
  kubeconfig: OwnKubeconfig | undefined,
  afterwards: Afterwards | undefined,
): Promise<Chart> => {
  const more = afterwards ? { afterwards } : {};
  if (source.hosts !== undefined)
    return ofHosts(story, source.hosts, {
      sshUser: source.sshUser,
      sshKey: source.sshKey,
      kubeconfig,
      traffic: trafficOf(source),
      ...more,
    });
  if (kubeconfig)
    return gatherChart({
      hosts: [],
      connections: () => Promise.reject(new Error('no host is asked')),
      api: async () => [kubeconfigWay(kubeconfig.text, kubeconfig.path)],
      clock: story.ports.clock,
      traffic: trafficOf(source),
      ...more,
    });
  if (!source.file) throw new Error('no cluster was named');
  const file = await source.file();
  for (const warning of file.warnings) story.emit(warning);
  return ofClusterFile(story, file, source.stopped ?? [], { traffic: trafficOf(source), ...more });
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

/** It says whom to ask and whom to believe, and opens the cluster: others may not write it, and should not read it. */
const text = async (path: string, { emit }: Story): Promise<string> => {
  const unbelieved = await notBelieved(path);
  if (unbelieved !== undefined)
    throw mistaken(
      'open-kubeconfig',
      `${path} is not used: ${unbelieved}`,
      'whoever writes it says which server is believed; use a copy of your own that you have looked at (mode 600)',
    );
  const open = await openToOthers(path);
  if (open !== undefined) emit({ type: 'warning', problem: openKubeconfig(path, open) });
  return readFile(path, 'utf8').catch((error: Error) => {
    throw mistaken('no-kubeconfig', `${path} cannot be read: ${error.message}`, 'name a kubeconfig that exists');
  });
};

const openKubeconfig = (path: string, why: string): Diagnostic => ({
  code: 'open-kubeconfig',
  severity: 'warning',
  says: `${path}: ${why}; with the key or token in it they are whoever it is made for`,
  help: `chmod 600 ${path}`,
});

/** The chart of a cluster that Kubewizard built: evidence, and what the blueprint wants there. */
import { createHash } from 'node:crypto';
import type { Chart } from '../../clinic/chart/chart.js';
import { type GatherOptions, gatherChart } from '../../engine/gather/chart.js';
import { adminWays, ownWay } from '../../engine/gather/ways.js';
import type { ApiWay } from '../../engine/gather/api.js';
import { subjectsIn } from '../../engine/gather/targets.js';
import { adminCredentials, brokenGlass } from '../../engine/reach/admin.js';
import type { Session } from '../../engine/session.js';
import type { Input } from '../../blueprint/input.js';
import { apiService } from '../../blueprint/metrics/objects.js';
import type { Vault } from '../../engine/vault.js';
import { hostFacts } from '../../facts/host.js';
import type { HostFacts } from '../../model/host-facts.js';
import { type ClusterSpec, withRole } from '../../model/cluster.js';
import type { Resource } from '../../model/resource.js';
import { metricsOwner } from '../../plan/metrics-owner.js';
import { leftOut } from '../../plan/leaving.js';
import { authoritiesFor } from '../build/authorities.js';
import { tellRefused } from '../build/lost.js';
import { rotationFor } from '../build/rotation.js';
import type { ClusterFile } from '../cluster-file.js';
import { type Story, within } from '../story.js';
import { type Script, sh } from '../../shell/sh.js';

export const ofClusterFile = (
  story: Story,
  file: ClusterFile,
  stopped: readonly string[],
  more: Gathering,
): Promise<Chart> =>
  within(story, file, { purpose: 'look' }, session => {
    tellRefused(session, story.emit);
    return session.spec.adopted ? ofAdopted(story, session, stopped, more) : ofSession(story, session, stopped, more);
  });

/**
 * Of a cluster that others built: as with --hosts, with the file's word for who the hosts are. Nothing is wanted there,
 * and the file judges nobody: what it says was read from these hosts.
 */
const ofAdopted = (
  { ports }: Story,
  { spec, connections, lost }: Session,
  stopped: readonly string[],
  more: Gathering,
): Promise<Chart> => {
  const hosts = subjectsIn(spec);
  const planes = hosts.filter(({ name, roles }) => roles.includes('controlPlane') && !lost.has(name));
  return gatherChart({
    hosts,
    connections,
    api: async () =>
      (await Promise.all(planes.map(host => adminWays(host, () => connections(host.name)).catch(() => [])))).flat(),
    clock: ports.clock,
    endpointPort: spec.endpoint.port,
    ...more,
    more: stopped.length > 0 ? { stopped } : {},
  });
};

type Gathering = Pick<GatherOptions, 'traffic' | 'afterwards'>;

/** Also for `heal`, which goes on with the session. */
export const ofSession = async (
  story: Story,
  session: Session,
  stopped: readonly string[] = [],
  more: Gathering,
): Promise<Chart> => {
  const { clock } = story.ports;
  const { spec } = session;
  const heard = new Map<string, string>();
  const chart = await gatherChart({
    hosts: spec.hosts.map(({ name, address, roles }) => ({ name, address, roles })),
    connections: host => session.connections(host),
    api: () => waysOf(session, clock),
    clock,
    endpointPort: spec.endpoint.port,
    also: { script: name => questionOf(spec, name), hear: (name, output) => heard.set(name, output) },
    ...more,
    more: { spec, ...(stopped.length > 0 && { stopped }) },
  });
  const wanted = await wantedOf(story, session, heard, chart);
  return wanted ? { ...chart, wanted } : chart;
};

const questionOf = (spec: ClusterSpec, name: string): Script => {
  const { question } = hostFacts(spec.hosts.find(host => host.name === name)?.address ?? '');
  return question.ask === 'host' ? question.script : sh`true`;
};

/**
 * The control machine's own certificate at every control plane; where that is refused, what their administrators have.
 */
const waysOf = async (session: Session, clock: () => Date): Promise<readonly ApiWay[]> => {
  const hosts = withRole(session.spec, 'controlPlane').filter(host => !session.lost.has(host.name));
  const to = (name: string) => () => session.connections(name);
  const vault = await session.vault().catch(() => undefined);
  const safe = vault?.ok ? vault.value : undefined;
  const made = safe && (await ownCredentials(session, safe, clock));
  const own = safe && made ? hosts.map(host => ownWay(host, to(host.name), safe.authorities.ca, made)) : [];
  const theirs = await Promise.all(hosts.map(host => adminWays(host, to(host.name)).catch(() => [])));
  return [...own, ...theirs.flat()];
};

/** The control machine's own certificate, and what it makes where no role lets that in. */
export const ownCredentials = async (
  { dir }: Pick<Session, 'dir'>,
  vault: Vault,
  clock: () => Date,
): Promise<Pick<ApiWay, 'credentials' | 'glass'> | undefined> => {
  const credentials = await adminCredentials(dir, vault, clock()).catch(() => undefined);
  return credentials && { credentials, glass: () => brokenGlass(vault.issue) };
};

/** undefined: the vault or the artifacts are not at hand; then therapies say so instead of guessing. */
const wantedOf = async (
  { ports, craft }: Story,
  session: Session,
  heard: ReadonlyMap<string, string>,
  chart: Chart,
): Promise<readonly Resource[] | undefined> => {
  // A doctor builds and downloads nothing: only what is at hand already.
  const artifacts = await ports.artifacts.atHand(session.spec);
  if (!artifacts) return undefined;
  const vault = await session.vault().catch(() => undefined);
  if (!vault?.ok) return undefined;
  const facts = new Map<string, HostFacts>();
  for (const [name, output] of heard)
    try {
      facts.set(name, hostFacts(session.spec.hosts.find(host => host.name === name)?.address ?? '').parse(output));
    } catch {
      /* a host whose facts make no sense gets no therapy from the blueprint */
    }
  // Where something is being exchanged and its key is not at hand, nothing is known that could be wanted.
  const rotation = await rotationFor(session, facts, vault.value).catch(() => 'unseen' as const);
  const standing = await authoritiesFor(session, facts, vault.value).catch(() => 'unseen' as const);
  if (rotation === 'unseen' || standing === 'unseen') return undefined;
  return craft.wanted({
    spec: session.spec,
    facts,
    leaving: leftOut(session.spec, facts),
    ...metricsIn(chart),
    ...(rotation ? { rotation } : {}),
    artifacts,
    ...standing,
    chainPem: vault.value.chainPem,
    reveal: vault.value.reveal,
    sha256: text => createHash('sha256').update(text).digest('hex'),
  });
};

/** Who serves metrics, by the list of aggregated APIs. */
const metricsIn = (chart: Chart): Pick<Input, 'metrics'> => {
  const list = chart.api.objects['apiservices.apiregistration.k8s.io'];
  if (!list || 'missing' in list) return {};
  const found = list.value.find(one => apiService.endsWith(`/${one.metadata.name}`));
  const metrics = metricsOwner([
    found ? { is: 'object', body: found as unknown as Readonly<Record<string, unknown>> } : { is: 'absent' },
  ]);
  return metrics ? { metrics } : {};
};

/**
 * The cluster that is healed, of a cluster file or of another builder: its session, and charts of it, as often as
 * asked.
 */
import type { Chart } from '../../clinic/chart/chart.js';
import { gatherChart } from '../../engine/gather/chart.js';
import { adminWays, ownWay } from '../../engine/gather/ways.js';
import type { ApiWay } from '../../engine/gather/api.js';
import type { Subject } from '../../engine/gather/targets.js';
import type { Session } from '../../engine/session.js';
import type { ArtifactSet } from '../../model/artifact.js';
import { adopt } from '../adopt.js';
import { refuseAdopted } from '../adopted.js';
import type { ClusterFile } from '../cluster-file.js';
import { artifactsOf, open, openUnasked, type Story } from '../story.js';
import { ofSession, ownCredentials } from './own-cluster.js';

export interface TargetOptions {
  /** Read only where no `hosts` are named. */
  readonly file: () => Promise<ClusterFile>;
  /** `a,b,user@c:22`. */
  readonly hosts?: string | undefined;
  readonly sshUser?: string | undefined;
  readonly sshKey?: string | undefined;
  /** Hosts that the operator stopped on purpose. */
  readonly stopped?: readonly string[] | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface Target {
  readonly session: Session;
  readonly built: 'kubewizard' | 'another';
  /**
   * What hosts may have to fetch, and what the blueprint is made of; only of a cluster that Kubewizard built. Building
   * and downloading may take minutes: it begins at the first call, and throws WorldFailed where nobody has them.
   */
  artifacts?(): Promise<ArtifactSet>;
  /** Everything that can be seen of it now; with what is wanted there where the artifacts are at hand. */
  chart(): Promise<Chart>;
  close(): void;
}

export const openTarget = (story: Story, options: TargetOptions): Promise<Target> =>
  options.hosts === undefined ? ownCluster(story, options) : externalCluster(story, options, options.hosts);

async function ownCluster(story: Story, { file, stopped = [] }: TargetOptions): Promise<Target> {
  const read = await file();
  for (const warning of read.warnings) story.emit(warning);
  refuseAdopted(read.spec);
  let artifacts: Promise<ArtifactSet> | undefined;
  const session = await open(story, read, { purpose: 'cure', keys: 'fetch' });
  return {
    session,
    built: 'kubewizard',
    artifacts: () => {
      artifacts ??= artifactsOf(story, read.spec);
      return artifacts;
    },
    chart: () => ofSession(story, session, stopped),
    close: () => session.close(),
  };
}

async function externalCluster(
  story: Story,
  { sshUser, sshKey, dryRun, stopped = [] }: TargetOptions,
  hosts: string,
): Promise<Target> {
  const { clock } = story.ports;
  const { spec, subjects, dir, leave, connect } = await adopt(story, { hosts: [hosts], sshUser, sshKey, dryRun });
  const session = await openUnasked(
    story,
    { spec, dir },
    { connect, unverifiedApi: true, apiPort: name => subjects.find(one => one.name === name)?.apiPort },
  );
  const chart = (): Promise<Chart> =>
    gatherChart({
      hosts: subjects,
      connections: host => session.connections(host),
      api: () => waysOf(session, subjects, clock),
      clock,
      endpointPort: spec.endpoint.port,
      more: stopped.length > 0 ? { stopped } : {},
    });
  return {
    session,
    built: 'another',
    chart,
    close: () => {
      session.close();
      leave();
    },
  };
}

/** What their administrators have; where that is broken, a certificate that is signed here with the CA's key. */
const waysOf = async (
  session: Session,
  subjects: readonly Subject[],
  clock: () => Date,
): Promise<readonly ApiWay[]> => {
  const hosts = subjects.filter(host => host.roles.includes('controlPlane') && !session.lost.has(host.name));
  const to = (name: string) => () => session.connections(name);
  const theirs = await Promise.all(hosts.map(host => adminWays(host, to(host.name)).catch(() => [])));
  const vault = await session.vault().catch(() => undefined);
  const made = vault?.ok ? await ownCredentials(session, vault.value, clock) : undefined;
  const own = vault?.ok && made ? hosts.map(host => ownWay(host, to(host.name), vault.value.authorities.ca, made)) : [];
  return [...theirs.flat(), ...own];
};

/**
 * The cluster that is healed, of a cluster file or of another builder: its session, and charts of it, as often as
 * asked.
 */
import type { Chart } from '../../clinic/chart/chart.js';
import { gatherChart } from '../../engine/gather/chart.js';
import { adminWays, ownWay } from '../../engine/gather/ways.js';
import type { ApiWay } from '../../engine/gather/api.js';
import { type Subject, subjectsIn } from '../../engine/gather/targets.js';
import type { Session } from '../../engine/session.js';
import type { ArtifactSet } from '../../model/artifact.js';
import { WorldFailed } from '../../model/event.js';
import { adopt, keeping, passing } from '../adopt.js';
import { keepersFiles, rememberSecrets } from '../adopted-keys.js';
import type { ClusterFile } from '../cluster-file.js';
import { artifactsOf, open, openUnasked, type Story, theirApi } from '../story.js';
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

/** What is cured, and what a therapy touched, is proven by packets too, not by the silence of the cases alone. */
const traffic = 'measured';

export const openTarget = (story: Story, options: TargetOptions): Promise<Target> =>
  options.hosts === undefined ? ownCluster(story, options) : externalCluster(story, options, options.hosts);

async function ownCluster(story: Story, options: TargetOptions): Promise<Target> {
  const { file, stopped = [] } = options;
  const read = await file();
  for (const warning of read.warnings) story.emit(warning);
  if (read.spec.adopted) return adoptedCluster(story, read, options);
  let artifacts: Promise<ArtifactSet> | undefined;
  const session = await open(story, read, { purpose: 'cure', keys: 'fetch' });
  return {
    session,
    built: 'kubewizard',
    artifacts: () => {
      artifacts ??= artifactsOf(story, read.spec);
      return artifacts;
    },
    chart: () => ofSession(story, session, stopped, { traffic }),
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
  return another(session, subjects, { stopped, clock, leave });
}

/** By its file: who the hosts are is known before anything of them is asked, or copied. */
async function adoptedCluster(
  story: Story,
  file: ClusterFile,
  { dryRun, stopped = [] }: TargetOptions,
): Promise<Target> {
  const { spec } = file;
  const looking = await open(story, file, { purpose: 'cure', adopted: true });
  const { dir, leave } = dryRun ? passing(file.dir) : { dir: file.dir, leave: () => undefined };
  try {
    await rememberSecrets(dir, await keepersFiles(looking).catch(silence), names =>
      story.emit({ type: 'note', says: keeping(names, spec.name, dryRun ? undefined : dir) }),
    );
    const session = await openUnasked(story, { spec, dir }, { unverifiedApi: true, ...theirApi(spec) });
    for (const [host, failure] of looking.lost) if (!session.lost.has(host)) session.lose(host, failure);
    return another(session, subjectsIn(spec), { stopped, clock: story.ports.clock, leave });
  } catch (error) {
    leave();
    throw error;
  } finally {
    looking.close();
  }
}

/** Without keys some therapies are left out, and say so. */
const silence = (error: unknown): readonly [] => {
  if (error instanceof WorldFailed) return [];
  throw error;
};

const another = (
  session: Session,
  subjects: readonly Subject[],
  { stopped, clock, leave }: { stopped: readonly string[]; clock: () => Date; leave: () => void },
): Target => ({
  session,
  built: 'another',
  chart: () =>
    gatherChart({
      hosts: subjects,
      connections: host => session.connections(host),
      api: () => waysOf(session, subjects, clock),
      clock,
      endpointPort: session.spec.endpoint.port,
      traffic,
      more: stopped.length > 0 ? { stopped } : {},
    }),
  close: () => {
    session.close();
    leave();
  },
});

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

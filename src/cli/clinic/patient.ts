/** The cluster that is healed, of a cluster file or of another builder: its session, and charts of it, as often as asked. */
import type { Chart } from '../../clinic/chart/chart.js';
import { gatherChart } from '../../engine/gather/chart.js';
import { adminWays, deskWay } from '../../engine/gather/ways.js';
import type { ApiWay } from '../../engine/gather/api.js';
import type { Subject } from '../../engine/gather/targets.js';
import { adminCredentials } from '../../engine/reach/admin.js';
import { openSession, type Session } from '../../engine/session.js';
import type { ArtifactSet } from '../../model/artifact.js';
import { adopt } from './adopt.js';
import { ofSession } from './cluster-file.js';
import { artifactsOf } from '../cluster/draft.js';
import { clock, kinds, open } from '../cluster/open.js';
import { readClusterFile } from '../cluster/read.js';

export interface PatientOptions {
  /** The cluster file; not read where `hosts` are named. */
  readonly file: string;
  /** `a,b,user@c:22`. */
  readonly hosts?: string | undefined;
  readonly sshUser?: string | undefined;
  readonly sshKey?: string | undefined;
  /** Hosts that the operator stopped on purpose. */
  readonly stopped?: readonly string[] | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface Patient {
  readonly session: Session;
  readonly built: 'kubewizard' | 'another';
  /** What hosts may have to fetch; only of a cluster that Kubewizard built. */
  readonly artifacts?: ArtifactSet;
  /** Everything that can be seen of it now. */
  chart(): Promise<Chart>;
  close(): void;
}

export const openPatient = (options: PatientOptions): Promise<Patient> =>
  options.hosts === undefined ? own(options) : stranger(options, options.hosts);

async function own({ file, stopped = [] }: PatientOptions): Promise<Patient> {
  const read = await readClusterFile(file);
  const artifacts = await artifactsOf(read.spec, says => {
    process.stderr.write(`${says}\n`);
  });
  const session = await open(read);
  return {
    session,
    built: 'kubewizard',
    artifacts,
    chart: () => ofSession(session, stopped),
    close: () => session.close(),
  };
}

async function stranger({ sshUser, sshKey, dryRun, stopped = [] }: PatientOptions, hosts: string): Promise<Patient> {
  const { spec, subjects, dir, leave, connect } = await adopt({
    hosts: [hosts],
    sshUser,
    sshKey,
    dryRun,
    tell: says => {
      process.stderr.write(`${says}\n`);
    },
  });
  const session = await openSession(spec, {
    dir,
    kinds,
    clock,
    emit: () => undefined,
    connect,
    unverifiedApi: true,
    apiPort: name => subjects.find(one => one.name === name)?.apiPort,
  });
  const chart = (): Promise<Chart> =>
    gatherChart({
      hosts: subjects,
      connections: host => session.connections(host),
      api: () => waysOf(session, subjects),
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

/** What their administrators have; where that is ill, a certificate that the desk signs with the CA's key. */
const waysOf = async (session: Session, subjects: readonly Subject[]): Promise<readonly ApiWay[]> => {
  const hosts = subjects.filter(host => host.roles.includes('controlPlane') && !session.lost.has(host.name));
  const to = (name: string) => () => session.connections(name);
  const theirs = await Promise.all(hosts.map(host => adminWays(host, to(host.name)).catch(() => [])));
  const vault = await session.vault().catch(() => undefined);
  const credentials = vault?.ok
    ? await adminCredentials(session.dir, vault.value, clock()).catch(() => undefined)
    : undefined;
  const own =
    vault?.ok && credentials
      ? hosts.map(host => deskWay(host, to(host.name), vault.value.authorities.ca, credentials))
      : [];
  return [...theirs.flat(), ...own];
};

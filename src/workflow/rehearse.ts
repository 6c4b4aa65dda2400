/** An upgrade rehearsed: the newest backup under the API server that shall come, beside the cluster, on one host. */
import { rehearsal, rehearsalFolder, targetProgram } from '../blueprint/rehearsal/script.js';
import { want } from '../blueprint/wanted.js';
import { compareVersions, minorOf } from '../catalog/index.js';
import { takeBackup } from '../engine/backup/on-hosts.js';
import type { Session } from '../engine/session.js';
import { rememberedIdentity } from '../engine/vault/identity.js';
import { readRehearsal } from '../facts/rehearsal.js';
import type { Artifact, ArtifactSet } from '../model/artifact.js';
import { type ClusterSpec, type Host, withRole } from '../model/cluster.js';
import { WorldFailed } from '../model/event.js';
import { Unreadable } from '../model/fact.js';
import type { Rehearsed } from '../model/rehearsal.js';
import { idOf } from '../model/resource.js';
import { draft } from '../plan/draft.js';
import { membersIn } from '../plan/members.js';
import { judgeRehearsal, type RehearsalVerdict } from '../preflight/rehearsal.js';
import { sh } from '../shell/sh.js';
import { judgedBackups, onHosts } from './backup.js';
import { tellLost } from './build/lost.js';
import { serveFor } from './build/serve.js';
import type { ClusterFile } from './cluster-file.js';
import { mistaken } from './mistaken.js';
import type { Ports } from './ports.js';
import { artifactsOf, begin, type Story, within } from './story.js';

export interface RehearsalReport extends RehearsalVerdict {
  readonly cluster: string;
  readonly from: string;
  readonly to: string;
  readonly host: string;
  /** Of the backup: where it lies on that host. */
  readonly backup: string;
  /** Seconds until each API server was ready. */
  readonly readyAfter: { readonly now: number; readonly next?: number };
}

/** 0: all is read as before; 2: something breaks. */
export const exitOfRehearsal = ({ breaks }: RehearsalReport): number => (breaks.length > 0 ? 2 : 0);

/**
 * Nothing of the cluster is changed; on one control plane a folder comes and goes. Throws WorldFailed where it could
 * not be rehearsed, which says nothing of the upgrade.
 *
 * @param next The cluster file as it would be.
 */
export async function rehearse(next: ClusterFile, ports: Ports): Promise<RehearsalReport> {
  const story = begin(ports, next.warnings);
  return within(story, next, { purpose: 'cure' }, async session => {
    tellLost(session, story.emit);
    const from = await runningVersion(session);
    const to = next.spec.kubernetes;
    refuseFar(from, to);
    const artifacts = await artifactsOf(story, next.spec);
    const program = programIn(artifacts, next.spec);
    const { host, path } = await stageOf(session);
    const script = rehearsal({ host, next: next.spec, backup: path });
    const rehearsed = await carriedOut(story, session, { host, program, artifacts }, async () => {
      const says = `rehearsing ${to} on ${host.name} with ${path}: about a minute, beside what serves`;
      story.emit({ type: 'note', host: host.name, says });
      const connection = await session.connections(host.name);
      const limits = { timeoutMs: 1_200_000, ...(ports.signal ? { signal: ports.signal } : {}) };
      return seenOn(host, await connection.run(script, limits));
    });
    const readyNow = rehearsed.now.readyAfter;
    if (readyNow === undefined) throw notEvenNow(host, from, path, rehearsed);
    const readyNext = rehearsed.next.readyAfter;
    const readyAfter = { now: readyNow, ...(readyNext === undefined ? {} : { next: readyNext }) };
    return {
      cluster: next.spec.name,
      from,
      to,
      host: host.name,
      backup: path,
      readyAfter,
      ...judgeRehearsal(rehearsed),
    };
  });
}

async function runningVersion(session: Pick<Session, 'api'>): Promise<string> {
  const { body } = await (await session.api()).request('GET', '/version');
  const { gitVersion } = body as { readonly gitVersion?: unknown };
  const [, version] = /^v(\d+\.\d+\.\d+)/.exec(String(gitVersion)) ?? [];
  if (version !== undefined) return version;
  throw new WorldFailed({ class: 'exit', message: 'the API server does not say its version', help: 'kw status' });
}

function refuseFar(from: string, to: string): void {
  if (compareVersions(to, from) < 0)
    throw mistaken('version-back', `${from} runs, and ${to} is older: Kubernetes never goes back`, 'kw restore');
  if (minorOf(to) - minorOf(from) > 1)
    throw mistaken(
      'minor-skipped',
      `${from} runs, and ${to} is more than one minor away: a rehearsal is of one hop`,
      `a version of 1.${minorOf(from) + 1}: kw upgrade --check names it`,
    );
}

function programIn({ binaries }: ArtifactSet, spec: ClusterSpec): Artifact {
  const program = binaries['kube-apiserver'];
  if (program) return program;
  throw new WorldFailed({
    class: 'refused',
    message: `this source of artifacts has no kube-apiserver ${spec.kubernetes} as a file of its own`,
    help: 'choose another artifacts.source: kw docs artifacts',
  });
}

/** A control plane with etcd, and the newest proven backup on it; where there is none, one is taken. */
async function stageOf(session: Session): Promise<{ readonly host: Host; readonly path: string }> {
  const hosts = withRole(session.spec, 'etcd').filter(
    ({ name, roles }) => roles.includes('controlPlane') && !session.lost.has(name),
  );
  if (hosts.length === 0)
    throw new WorldFailed({
      class: 'refused',
      message: 'a rehearsal needs a host that is a control plane and has etcd, and none was reached',
      help: 'kw upgrade --check looks at everything that can be seen from outside',
    });
  const known = await rememberedIdentity(session.dir);
  const { backups } = await judgedBackups(session, onHosts(session), known);
  const proven = backups.find(({ state, host }) => state === 'proven' && hosts.some(({ name }) => name === host));
  const taken = proven ?? (await takeBackup(onHosts(session), hosts));
  const host = hosts.find(({ name }) => name === taken.host);
  if (!host) throw new Error(`${taken.host} took a backup without being asked`);
  return { host, path: taken.path };
}

interface Stage {
  readonly host: Host;
  readonly program: Artifact;
  /** What the program is one of. */
  readonly artifacts: ArtifactSet;
}

/** It brings the program to the host. */
async function planOf(story: Story, session: Session, { host, program }: Stage) {
  const { name, version, sha256, size } = program;
  const because = 'an upgrade is rehearsed';
  const wanted = { name, version, sha256, size };
  const resources = [want('artifact', host.name, targetProgram, wanted, { stage: 'control-plane', because })];
  const answers = await session.read(resources);
  const { spec } = session;
  const members = membersIn(spec, each => !session.lost.has(each));
  const plan = draft({ cluster: spec.name, spec, resources, answers, kinds: story.craft.kinds, members });
  return { plan, wanted: new Map(resources.map(resource => [idOf(resource), resource])) };
}

/** Under the lock, with the program on the host; the folder goes, whatever happens. */
async function carriedOut<T>(story: Story, session: Session, stage: Stage, act: () => Promise<T>): Promise<T> {
  const { host, program, artifacts } = stage;
  const { plan, wanted } = await planOf(story, session, stage);
  const served = await serveFor(plan, async () => artifacts);
  const { signal } = story.ports;
  try {
    const run = await session.run(plan, {
      command: 'kw upgrade --rehearse',
      wanted,
      events: story.events,
      proves: true,
      ...(signal ? { signal } : {}),
      ...(served.server ? { server: served.server } : {}),
    });
    try {
      if (!run.outcome.ok)
        throw new WorldFailed({
          class: 'exit',
          host: host.name,
          message: `${program.file} could not be brought to it`,
        });
      return await act();
    } finally {
      await (await session.connections(host.name)).run(sh`rm -rf ${rehearsalFolder}`).catch(() => undefined);
      await run.end();
    }
  } finally {
    await served.close();
  }
}

function seenOn(host: Host, { code, stdout, stderr }: { code: number; stdout: string; stderr: string }): Rehearsed {
  const failed = (message: string) =>
    new WorldFailed({ class: 'exit', host: host.name, message, help: 'it says nothing of the upgrade: kw doctor' });
  if (code !== 0) throw failed(`it could not be rehearsed: ${stderr.trim().slice(-500) || `exit code ${code}`}`);
  try {
    return readRehearsal(stdout);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    throw failed(`it could not be rehearsed: ${error.message}`);
  }
}

const notEvenNow = (host: Host, from: string, path: string, { now }: Rehearsed): WorldFailed =>
  new WorldFailed({
    class: 'exit',
    host: host.name,
    message:
      `the API server that runs, ${from}, did not become ready on ${path} either, so nothing can be compared: ` +
      `${now.failing.join(', ') || now.log || 'it said nothing'}`.slice(0, 600),
    help: 'kw backup list --prove says whether the backup is whole; kw doctor whether the cluster is',
  });

/**
 * Upstream's own conformance tests against a living cluster: their program is named by the person, what it makes in
 * the cluster and what it is given on this machine are away at the end, and what was not run never counts as passed.
 */
import { join, resolve } from 'node:path';
import { outsideServer } from '../blueprint/access/kubeconfigs.js';
import { minorOf } from '../catalog/index.js';
import { choose, type Choice } from '../engine/conformance/choose.js';
import { type E2eProgram, imagesOf, openProgram, testsOf } from '../engine/conformance/e2e-program.js';
import { missingImages, neededImages } from '../engine/conformance/images.js';
import { removeTestNamespaces, testNamespaces } from '../engine/conformance/namespaces.js';
import { ownAccess, versionFromHere } from '../engine/conformance/own-kubeconfig.js';
import type { Session } from '../engine/session.js';
import { controlMachineUser } from '../model/administrators.js';
import { type ClusterSpec, nodes, withRole } from '../model/cluster.js';
import { type EventBody, WorldFailed } from '../model/event.js';
import { tellStopping } from './build/execute.js';
import { tellLost } from './build/lost.js';
import type { ClusterFile } from './cluster-file.js';
import { playTests, type Played } from './conformance/play.js';
import { mistaken } from './mistaken.js';
import type { Ports } from './ports.js';
import { artifactsOf, begin, type Story, vaultOf, within } from './story.js';

export interface ConformanceWish {
  /** Path of an `e2e.test` of the cluster's own minor. */
  readonly program: string;
  /** Regular expressions; a test is run whose name one of them finds. None: all. */
  readonly focus?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
  /** Tests side by side. */
  readonly parallel?: number | undefined;
  /** Begin though hosts lack images that the tests ask for. */
  readonly withoutImages?: boolean | undefined;
  /** Absent: a new folder beside the journal. */
  readonly results?: string | undefined;
}

const command = 'kw verify --conformance';

/** Resolves when all is removed again. Rejects when it was stopped, after that. */
export async function conformance(file: ClusterFile, ports: Ports, wish: ConformanceWish): Promise<Played> {
  const choice = { focus: expressions('--focus', wish.focus), skip: expressions('--skip', wish.skip) };
  const program = await openProgram(resolve(ports.folders.working, wish.program), ports.signal);
  refuseOther(program, file.spec.kubernetes, 'the cluster file says');
  const story = begin(ports, file.warnings);
  return within(story, file, { purpose: 'cure', keys: 'fetch' }, async session => {
    tellLost(session, story.emit);
    const stopped = tellStopping(story, command);
    const nothing = { cluster: file.spec.name, steps: [], examined: 0, unseen: [], digest: '' };
    try {
      const run = await session.run(nothing, { command, wanted: new Map(), events: story.events, proves: true });
      try {
        return await judged(story, session, program, choice, wish, run.emit);
      } finally {
        await run.end();
      }
    } finally {
      stopped();
    }
  });
}

async function judged(
  story: Story,
  session: Session,
  program: E2eProgram,
  choice: Choice,
  wish: ConformanceWish,
  emit: (body: EventBody) => void,
): Promise<Played> {
  const { spec } = session;
  const { signal, clock } = story.ports;
  const [artifacts, vault] = await Promise.all([artifactsOf(story, spec), vaultOf(session)]);
  const server = outsideServer(spec);
  const issued = await vault.issue(twoDays);
  const version = await versionFromHere(server, issued);
  if (version !== undefined) refuseOther(program, version, 'its API server says');
  await refuseBesideOthers(session);
  const chosen = await chosenTests(story, session, program, choice, wish, emit);
  const kubectl = artifacts.binaries.kubectl?.file;
  const who = { cluster: spec.name, server, user: controlMachineUser, issued };
  const own = await ownAccess({ ...who, ...(kubectl === undefined ? {} : { kubectl }) });
  const stamp = clock().toISOString().replace(/[-:]/g, '').slice(0, 15);
  try {
    return await playTests({
      program,
      ...chosen,
      parallel: wish.parallel ?? sideBySide(spec),
      folder: resolve(story.ports.folders.working, wish.results ?? join(session.dir, 'conformance', stamp)),
      kubeconfig: own.kubeconfig,
      kubectl: own.kubectl,
      domain: spec.network.domain,
      signal,
      emit,
      cleanUp: () => cleanUp(session, emit),
    });
  } finally {
    await own.remove();
  }
}

const twoDays = {
  ca: 'ca',
  commonName: controlMachineUser,
  organizations: [],
  sans: [],
  usages: ['client'],
  days: 2,
} as const;

/** Of all that the program has; throws Mistaken where none is left, or a host lacks their images. */
async function chosenTests(
  { ports: { signal } }: Story,
  session: Session,
  program: E2eProgram,
  choice: Choice,
  wish: ConformanceWish,
  emit: (body: EventBody) => void,
) {
  emit({ type: 'note', says: `asks ${program.path} for its tests and images` });
  const [all, images] = [await testsOf(program, signal), await imagesOf(program, signal)];
  const chosen = choose(all, choice);
  if (chosen.tests.length === 0)
    throw mistaken('no-test', `none of the ${all.length} conformance tests is left`, 'look at --focus and --skip');
  await tellImages(session, images, wish, emit, signal);
  signal?.throwIfAborted();
  return chosen;
}

const most = 8;

/** Two on each host that takes pods. */
const sideBySide = (spec: ClusterSpec): number =>
  Math.max(1, Math.min(most, 2 * (withRole(spec, 'worker').length || nodes(spec).length)));

function expressions(flag: string, texts: readonly string[] = []): readonly RegExp[] {
  return texts.map(text => {
    try {
      return new RegExp(text);
    } catch (error) {
      throw mistaken('bad-expression', `${flag} ${text}: ${(error as Error).message}`, 'brackets of names need a \\');
    }
  });
}

/** The oldest whose tests speak as those of today. */
const oldestMinor = 25;

function refuseOther({ path, version }: E2eProgram, cluster: string, who: string): void {
  const [own, wanted] = [minorOf(version), minorOf(cluster)];
  if (wanted < oldestMinor)
    throw new WorldFailed({
      class: 'refused',
      message: `${who} ${cluster}, and conformance tests are run from 1.${oldestMinor} on`,
      help: 'kw verify alone proves that the cluster carries traffic; kw upgrade brings it forward',
    });
  if (own === wanted) return;
  throw new WorldFailed({
    class: 'refused',
    message: `${path} is of ${version}, and ${who} ${cluster}: another minor's tests judge another Kubernetes`,
    help: `name an e2e.test of 1.${wanted}: kubernetes-test-linux-amd64.tar.gz of v${cluster} has it`,
  });
}

/** Two at once disturb each other, and whose namespaces are whose could not be told. */
async function refuseBesideOthers(session: Session): Promise<void> {
  const there = await testNamespaces(await session.api());
  if (there.length === 0) return;
  throw new WorldFailed({
    class: 'refused',
    message: `there are namespaces of another e2e.test, which runs or was killed: ${there.join(', ')}`,
    help: `wait for it; of one that was killed: kubectl delete namespace ${there.join(' ')}`,
  });
}

async function tellImages(
  session: Session,
  images: readonly string[],
  { withoutImages }: ConformanceWish,
  emit: (body: EventBody) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const hosts = nodes(session.spec)
    .map(({ name }) => name)
    .filter(name => !session.lost.has(name));
  const needed = neededImages(images);
  emit({ type: 'note', says: `looks for ${needed.length} images of the tests on ${hosts.join(', ')}` });
  const missing = await missingImages(needed, hosts, session.connections, signal);
  const words = missing.map(one => `${one.image} on ${one.hosts.join(', ')} (${one.why})`);
  if (missing.length === 0) return;
  if (withoutImages) {
    for (const one of words) emit({ type: 'note', says: `cannot be pulled: ${one}; tests that ask for it will fail` });
    return;
  }
  throw new WorldFailed({
    class: 'refused',
    message: `images of the tests are not there and cannot be pulled:\n${words.join('\n')}`,
    help:
      'bring them to the hosts (ctr -n k8s.io images import FILE), or begin without them, and what asks for them ' +
      'will fail: --without-images',
  });
}

const removalSeconds = 180;

async function cleanUp(session: Session, emit: (body: EventBody) => void): Promise<readonly string[]> {
  try {
    const { gone, left } = await removeTestNamespaces(await session.api(), { seconds: removalSeconds });
    if (gone.length > 0) emit({ type: 'note', says: `removed what tests had left: namespaces ${gone.join(', ')}` });
    return left.map(name => `namespace ${name} is still there: kubectl get namespace ${name} -o yaml says why`);
  } catch (error) {
    if (!(error instanceof WorldFailed)) throw error;
    const says = `namespaces of tests may be left: ${error.failure.message}`;
    return [`${says}; kubectl get namespaces -l e2e-framework shows them`];
  }
}

/** What the check before an upgrade asks the API for: every list in pages, every API server for its own count. */
import pLimit from 'p-limit';
import { apiVersionOf, type RemovedApi } from '../../catalog/removed-apis.js';
import { budgets } from '../../facts/upgrade/budgets.js';
import { customResources } from '../../facts/upgrade/crds.js';
import { helmReleases } from '../../facts/upgrade/helm.js';
import type { ListFact } from '../../facts/upgrade/list.js';
import { pods } from '../../facts/upgrade/pods.js';
import { requested } from '../../facts/upgrade/requested.js';
import { schedules } from '../../facts/upgrade/schedules.js';
import type { UpgradeSeen } from '../../facts/upgrade/seen.js';
import { storageClasses, volumes } from '../../facts/upgrade/volumes.js';
import { type Written, written } from '../../facts/upgrade/written.js';
import { kubeClient, type KubeClient } from '../../kube/client.js';
import { pages } from '../../kube/list.js';
import { type Evidence, type MissingKind, NotSeen, Unreadable } from '../../model/fact.js';
import type { ApiWay } from './api.js';
import { messageOf, missingKind, NoAnswer } from './why.js';

const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** undefined: the server does not have that list, so nothing is in it. */
type Ask = <T>(fact: ListFact<T>) => Promise<Evidence<readonly T[]> | undefined>;

/** `removed`: versions that some hop no longer serves; objects of their kinds are asked who wrote them how. */
export const gatherUpgrade = async (
  ways: () => Promise<readonly ApiWay[]>,
  removed: readonly RemovedApi[],
  clock: () => Date,
): Promise<UpgradeSeen> => {
  const at = clock().toISOString();
  const known = await ways().catch(() => []);
  const counted = await Promise.all(firstPerServer(known).map(way => counts(way, at)));
  const way = known.find((_, index) => index === bestOf(known, counted));
  if (!way) return seenBy(async fact => lost(fact.id, at, noWay, 'not-collected'), removed, at);
  const whole = kubeClient({ ...way, timeoutMs: 30_000 });
  const sparing = kubeClient({ ...way, timeoutMs: 30_000, accept: metadataOnly });
  const turn = pLimit(6);
  try {
    const ask: Ask = fact => turn(() => askList(fact.id.startsWith('written:') ? sparing : whole, fact, at));
    return { ...(await seenBy(ask, removed, at)), requested: counted };
  } finally {
    whole.close();
    sparing.close();
  }
};

const noWay = 'no way to an API server is known';

const firstPerServer = (ways: readonly ApiWay[]): readonly ApiWay[] =>
  ways.filter((way, index) => ways.findIndex(one => one.server === way.server) === index);

/** The first whose server answered; else the first. */
const bestOf = (ways: readonly ApiWay[], counted: readonly Evidence<unknown>[]): number => {
  const answers = new Set(counted.flatMap(one => ('value' in one ? [one.host] : [])));
  const found = ways.findIndex(way => answers.has(way.server));
  return Math.max(0, found);
};

const seenBy = async (asking: Ask, removed: readonly RemovedApi[], at: string): Promise<UpgradeSeen> => {
  const kinds = removed.filter((one, index) => removed.findIndex(each => heirOf(each) === heirOf(one)) === index);
  // Asking for a version that goes would count as a client that still asks: the older is asked where nothing else is.
  const ask = async <T>(...facts: readonly [ListFact<T>, ...ListFact<T>[]]): Promise<Evidence<readonly T[]>> => {
    for (const fact of facts) {
      const found = await asking(fact);
      if (found) return found;
    }
    return { host: 'cluster', source: facts[0].id, at, value: [] };
  };
  const [wrote, helm, custom, limits, all, stored, classes, jobs] = await Promise.all([
    Promise.all(kinds.filter(({ kind }) => !notStored.has(kind)).map(one => ask(...writtenIn(one)))),
    ask(helmReleases),
    ask(customResources),
    ask(budgets('policy/v1'), budgets('policy/v1beta1')),
    ask(pods),
    ask(volumes),
    ask(storageClasses),
    ask(schedules('batch/v1'), schedules('batch/v1beta1')),
  ]);
  return {
    requested: [],
    written: wrote,
    helm,
    customResources: custom,
    budgets: limits,
    pods: all,
    volumes: stored,
    storageClasses: classes,
    schedules: jobs,
  };
};

/** Two old versions of one heir are one list: extensions and networking.k8s.io had the same Ingresses. */
const heirOf = (one: RemovedApi): string => `${one.kind} ${one.instead?.apiVersion ?? one.group}`;

/** Reviews are answers, and no objects; events go by themselves. */
const notStored: ReadonlySet<string> = new Set([
  'TokenReview',
  'LocalSubjectAccessReview',
  'SelfSubjectAccessReview',
  'SubjectAccessReview',
  'Event',
]);

/** By the heir where the server has it: then all objects of the kind are there, whoever wrote them. */
const writtenIn = (one: RemovedApi): readonly [ListFact<Written>, ...ListFact<Written>[]] => {
  const old = written(one, apiVersionOf(one));
  return one.instead ? [written(one, one.instead.apiVersion), old] : [old];
};

const counts = async (way: ApiWay, at: string): Promise<UpgradeSeen['requested'][number]> => {
  const client = kubeClient({ ...way, timeoutMs: 10_000 });
  const head = { host: way.server, source: 'GET /metrics', at };
  try {
    return { ...head, value: requested.parse(JSON.stringify(await client.request('GET', '/metrics'))) };
  } catch (error) {
    return { ...head, ...whyNot(error) };
  } finally {
    client.close();
  }
};

const askList = async <T>(
  client: KubeClient,
  fact: ListFact<T>,
  at: string,
): Promise<Evidence<readonly T[]> | undefined> => {
  const { path } = fact.question;
  const all: T[] = [];
  try {
    for await (const items of pages(client, path))
      all.push(...fact.parse(JSON.stringify({ status: 200, body: { items } })));
    return { host: 'cluster', source: fact.id, at, value: all };
  } catch (error) {
    if ((await statusOf(client, path)) === 404) return undefined;
    const { missing, kind } = whyNot(error);
    return lost(fact.id, at, missing, kind);
  }
};

const statusOf = (client: KubeClient, path: string): Promise<number | undefined> =>
  client.request('GET', `${path}${path.includes('?') ? '&' : '?'}limit=1`).then(
    ({ status }) => status,
    () => undefined,
  );

const whyNot = (error: unknown): { readonly missing: string; readonly kind: MissingKind } =>
  error instanceof Unreadable || error instanceof NotSeen
    ? { missing: error.message, kind: error instanceof NotSeen ? 'refused' : 'unreadable' }
    : { missing: messageOf(error), kind: error instanceof NoAnswer ? 'unreadable' : missingKind(error) };

const lost = (source: string, at: string, missing: string, kind: MissingKind) =>
  ({ host: 'cluster', source, at, missing, kind }) as const;

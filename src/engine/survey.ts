/** Asks many questions of many hosts: one script per host, the API at the same time, and a reason for every silence. */
import { randomBytes } from 'node:crypto';
import pLimit from 'p-limit';
import type { Question } from '../model/fact.js';
import { clusterHost, idOf, type Resource, type ResourceId } from '../model/resource.js';
import { join, split } from '../shell/questions.js';
import { askApi } from './run/control-machine.js';
import { type Context, defaultLimits, type KindTable } from './context.js';
import { failureOf } from './run/step-tracker.js';

/** The raw answer, or why there is none. */
export type Seen = { readonly raw: string } | { readonly missing: string };

export interface Query {
  readonly id: string;
  readonly host: string;
  readonly question: Question;
  /** Told when the host's answer has arrived: what it says of a moment is old by the time all hosts have answered. */
  readonly heard?: () => void;
}

export type Ways = Pick<Context, 'connections' | 'api'> & { readonly limits?: { readonly connections?: number } };

// A question ends by itself; a host that hangs (a dead NFS mount) must not hold the others up for ever.
const askTimeoutMs = 60_000;

/** By id, one entry for every query. Never rejects for a host's sake. */
export const survey = async (queries: readonly Query[], ways: Ways): Promise<ReadonlyMap<string, Seen>> => {
  const seen = new Map<string, Seen>();
  const turn = pLimit(ways.limits?.connections ?? defaultLimits.connections);
  const ofHosts = new Map<string, Query[]>();
  const ofApi: Query[] = [];
  for (const query of queries) {
    const list = query.question.ask === 'api' ? ofApi : (ofHosts.get(query.host) ?? []);
    list.push(query);
    if (list !== ofApi) ofHosts.set(query.host, list);
  }
  await Promise.all([
    ...[...ofHosts].map(([host, list]) => turn(() => askHost(host, list, ways, seen))),
    ...(ofApi.length > 0 ? [askAll(ofApi, ways, seen)] : []),
  ]);
  return seen;
};

const askHost = async (host: string, queries: readonly Query[], ways: Ways, seen: Map<string, Seen>): Promise<void> => {
  const nonce = randomBytes(12).toString('hex');
  const asked = queries.flatMap(({ question }, index) =>
    question.ask === 'host' ? [{ ...question, id: String(index) }] : [],
  );
  try {
    const connection = await ways.connections(host);
    const { stdout } = await connection.run(join(asked, nonce), { timeoutMs: askTimeoutMs });
    for (const { heard } of queries) heard?.();
    const answers = split(stdout, nonce);
    for (const [index, { id }] of queries.entries()) {
      const answer = answers.get(String(index));
      seen.set(id, answer ? { raw: answer.output } : { missing: `${host} broke off before it answered this` });
    }
  } catch (error) {
    const { message } = failureOf(error);
    for (const { id } of queries) seen.set(id, { missing: message });
  }
};

const askAll = async (queries: readonly Query[], ways: Ways, seen: Map<string, Seen>): Promise<void> => {
  try {
    if (!ways.api) throw new Error('questions to the API, and no way to it');
    const api = await ways.api();
    const turn = pLimit(16);
    await Promise.all(
      queries.map(({ id, question }) =>
        turn(async () => {
          if (question.ask !== 'api') return;
          seen.set(
            id,
            await askApi(api, question.path).then(
              raw => ({ raw }),
              error => ({ missing: failureOf(error).message }),
            ),
          );
        }),
      ),
    );
  } catch (error) {
    const { message } = failureOf(error);
    for (const { id } of queries) if (!seen.has(id)) seen.set(id, { missing: message });
  }
};

/** Looks at every resource that is wanted. */
export const readResources = (
  resources: readonly Resource[],
  context: Ways & { readonly kinds: KindTable },
): Promise<ReadonlyMap<ResourceId, Seen>> =>
  survey(
    resources.map(resource => {
      const kind = context.kinds[resource.kind];
      if (!kind) throw new Error(`no kind is named ${resource.kind}`);
      const { question } = kind.read(resource.key, resource.want);
      return { id: idOf(resource), host: question.ask === 'api' ? clusterHost : resource.host, question };
    }),
    context,
  );

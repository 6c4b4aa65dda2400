/** The API's half of a chart: every list once, in pages, cut down as it arrives. */
import type { Duplex } from 'node:stream';
import pLimit from 'p-limit';
import { objectShape } from '../../clinic/bundle/chart-shape.js';
import type { ApiChart, ApiObject } from '../../clinic/chart/chart.js';
import type { Evidence, MissingKind } from '../../model/fact.js';
import { administers } from '../../kube/administers.js';
import { kubeClient, type KubeClient, type KubeOptions } from '../../kube/client.js';
import { pages } from '../../kube/list.js';
import { missingKind, NoAnswer, messageOf, type Unseen, unseen } from './why.js';
import { bootstrapToken, cutDown, type List, lists, tokenOf } from './api-lists.js';

/** One way to an API server. */
export interface ApiWay {
  /** The host, or the address. */
  readonly server: string;
  readonly serverName: string;
  readonly caPem: string;
  readonly credentials: KubeOptions['credentials'];
  readonly connect: () => Promise<Duplex>;
  /** Where the API server says that those may not do everything; undefined: there are no others. */
  readonly glass?: () => Promise<KubeOptions['credentials'] | undefined>;
  /**
   * Through ssh to the server's own host: then a certificate that does not verify is evidence, no reason to see
   * nothing.
   */
  readonly trusted: boolean;
}

const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const cluster = 'cluster';

/** `ways` may fail to come into being: the reason is then the evidence. */
export const gatherApi = async (ways: () => Promise<readonly ApiWay[]>, clock: () => Date): Promise<ApiChart> => {
  const at = clock().toISOString();
  const whys: string[] = [];
  const kinds: MissingKind[] = [];
  const failed = (error: unknown, why: string): void => {
    whys.push(why);
    kinds.push(missingKind(error));
  };
  for (const [way, unverified] of orders(
    await ways().catch(error => {
      failed(error, messageOf(error));
      return [];
    }),
  )) {
    const found = await attempt(way, unverified, at).catch(error => {
      failed(error, `${way.server}: ${messageOf(error)}`);
      return undefined;
    });
    if (found) return found;
  }
  return unseenApi(
    [...new Set(whys)].join('; ') || 'no way to an API server is known',
    // One that was only slow may answer when it is asked again.
    kinds.includes('timeout') ? 'timeout' : (kinds[0] ?? 'not-collected'),
    at,
  );
};

export const unseenApi = (why: string, kind: MissingKind, at: string): ApiChart => ({
  version: { host: cluster, source: 'GET /version', at, missing: why, kind },
  objects: Object.fromEntries(lists.map(({ name }) => [name, { host: cluster, source: name, at, missing: why, kind }])),
});

/** All verified first; only then those that may be looked at though they do not verify. */
const orders = (ways: readonly ApiWay[]): readonly (readonly [ApiWay, boolean])[] => [
  ...ways.map(way => [way, false] as const),
  ...ways.filter(way => way.trusted).map(way => [way, true] as const),
];

const attempt = async (way: ApiWay, unverified: boolean, at: string): Promise<ApiChart> => {
  const options: KubeOptions = { ...way, timeoutMs: 30_000, ...(unverified && { unverified: true }) };
  const [client, sparing] = [
    kubeClient({ ...options, timeoutMs: 5000 }),
    kubeClient({ ...options, accept: metadataOnly }),
  ];
  const slow = kubeClient(options);
  try {
    const { status, body } = await client.request('GET', '/version');
    if (status !== 200) throw new NoAnswer(`GET /version: ${status}`);
    const { glass, ...plain } = way;
    const stronger = glass && (await administers(client).catch(() => undefined)) === false ? await glass() : undefined;
    if (stronger) return await attempt({ ...plain, credentials: stronger }, unverified, at);
    const turn = pLimit(6);
    const seen = await Promise.all(
      lists.map(list => turn(() => gatherList(list, list.metadataOnly ? sparing : slow, at))),
    );
    const objects = Object.fromEntries(seen.map(({ name, evidence }) => [name, evidence]));
    return {
      version: {
        host: cluster,
        source: `GET /version of ${way.server}${unverified ? ', whose certificate does not verify' : ''}`,
        at,
        value: { gitVersion: String((body as { gitVersion?: unknown }).gitVersion ?? ''), server: way.server },
      },
      objects: { ...objects, ...(objects.secrets && { secrets: await withTokens(objects.secrets, slow) }) },
    };
  } finally {
    for (const each of [client, sparing, slow]) each.close();
  }
};

export const gatherList = async (
  list: List,
  client: Pick<KubeClient, 'request'>,
  at: string,
): Promise<{ readonly name: string; readonly evidence: Evidence<readonly ApiObject[]> }> => {
  const head = { host: cluster, source: list.name, at };
  let why: Unseen = { missing: '', kind: 'not-collected' };
  for (const path of list.paths) {
    try {
      const all: ApiObject[] = [];
      for await (const page of pages(client, path))
        for (const item of page) {
          const kept = cut(list, path, item);
          if (kept) all.push(kept);
        }
      return { name: list.name, evidence: { ...head, value: all } };
    } catch (error) {
      why = unseen(error);
    }
  }
  return { name: list.name, evidence: { ...head, ...why } };
};

/** What is kept of each object is picked by its form: one that has another is of no API server. */
const cut = (list: List, path: string, item: unknown): ApiObject | undefined => {
  const one = objectIn(path, item);
  try {
    return cutDown(list, one);
  } catch {
    throw new NoAnswer(`GET ${path}: an item of the list has a form that nobody here can read`);
  }
};

/** Cases read names, labels and annotations of every object: what has others is not an object of any API server. */
const objectIn = (path: string, item: unknown): unknown => {
  if (!objectShape.safeParse(item).success) throw new NoAnswer(`GET ${path}: an item of the list is not an object`);
  return item;
};

/**
 * Bootstrap tokens, which `secrets` leaves out, with what is not a secret of them: together every secret is listed
 * once.
 */
const withTokens = async (
  secrets: Evidence<readonly ApiObject[]>,
  client: KubeClient,
): Promise<Evidence<readonly ApiObject[]>> => {
  if (!('value' in secrets)) return secrets;
  try {
    const tokens: ApiObject[] = [];
    for await (const page of pages(
      client,
      `/api/v1/secrets?fieldSelector=${encodeURIComponent(`type=${bootstrapToken}`)}`,
    ))
      for (const item of page) {
        const token = tokenOf(objectIn('secrets', item));
        tokens.push(token.metadata.namespace === 'kube-system' ? token : { metadata: token.metadata });
      }
    return { ...secrets, value: [...secrets.value, ...tokens] };
  } catch (error) {
    return {
      host: secrets.host,
      source: secrets.source,
      at: secrets.at,
      ...unseen(error),
    };
  }
};

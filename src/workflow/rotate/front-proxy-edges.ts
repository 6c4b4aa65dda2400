/** Aggregated API servers: what is published to them of the front proxy's CA, and whether they let API servers in. */
import { factValue } from '../fact-value.js';
import { object } from '../../facts/object.js';
import { withRole } from '../../model/cluster.js';
import { clusterHost } from '../../model/resource.js';
import type { Certificate } from '../../pki/certificate.js';
import { readCertificates } from '../../pki/read.js';
import { Unreadable, type Fact } from '../../model/fact.js';
import { pki } from '../../blueprint/render/paths.js';
import { sh } from '../../shell/sh.js';
import { eventually } from './eventually.js';
import type { Edge, Turning } from './rotatable.js';

const configMap = object('/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication');

export type PublishedList = 'requestheader-client-ca-file' | 'client-ca-file';

const publishedIn = async ({ session }: Turning, list: PublishedList): Promise<readonly Certificate[] | undefined> => {
  const { id, question } = configMap;
  const seen = factValue(configMap, (await session.ask([{ id, host: clusterHost, question }])).get(id));
  if (!('value' in seen) || seen.value.is !== 'object') return undefined;
  const { data } = seen.value.body as { readonly data?: Readonly<Record<string, unknown>> };
  const text = data?.[list];
  return typeof text === 'string' ? readCertificates(text).certificates : [];
};

const name = 'kube-system/extension-apiserver-authentication';
const has = (all: readonly Certificate[], one: Certificate): boolean =>
  all.some(({ fingerprint }) => fingerprint === one.fingerprint);

const judged = (all: readonly Certificate[] | undefined, ok: (seen: readonly Certificate[]) => boolean): Edge =>
  all === undefined
    ? { name, ok: 'unknown', says: 'it could not be read' }
    : { name, ok: ok(all), says: `it holds ${all.length} ${all.length === 1 ? 'CA' : 'CAs'}` };

/** API servers publish what they trust, within a minute. */
export const published =
  (list: PublishedList) =>
  (at: Turning, next: Certificate): Promise<readonly Edge[]> =>
    eventually(async () => [judged(await publishedIn(at, list), all => has(all, next))]);

export const dropped =
  (list: PublishedList) =>
  (at: Turning, signer: Certificate): Promise<readonly Edge[]> =>
    eventually(async () => [judged(await publishedIn(at, list), all => all.length === 1 && has(all, signer))]);

/** Before 1.23 an API server may look at its files only once a minute. */
const rereadSeconds = 70;

/** Seconds since an API server has had its certificate for aggregated APIs, by its host's own clock. */
const age: Fact<number> = {
  id: 'front-proxy-age',
  question: {
    ask: 'host',
    script: sh`changed=$(stat -c %Y ${`${pki}/front-proxy-client.crt`}) && echo "age=$(($(date +%s) - changed))"`,
  },
  parse: output => {
    const [, seconds] = /^age=(-?\d{1,12})$/m.exec(output) ?? [];
    if (seconds === undefined) throw new Unreadable('front-proxy-age', output, 'it does not say how old its file is');
    return Number(seconds);
  },
};

/** What an API server shows to aggregated APIs no port of its own shows: it has had the time to read it again. */
export const loaded = (at: Turning): Promise<readonly Edge[]> =>
  eventually(() => Promise.all(withRole(at.session.spec, 'controlPlane').map(({ name: host }) => ageOn(at, host))));

const ageOn = async ({ session }: Turning, host: string): Promise<Edge> => {
  const seen = factValue(age, (await session.ask([{ id: host, host, question: age.question }])).get(host));
  const edge = `${host}: kube-apiserver to aggregated APIs`;
  return 'value' in seen
    ? { name: edge, ok: seen.value >= rereadSeconds, says: `its certificate is ${seen.value} s old` }
    : { name: edge, ok: 'unknown', says: seen.why };
};

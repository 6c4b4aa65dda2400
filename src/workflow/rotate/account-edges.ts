/** Asks every API server by itself: whether it accepts a token of a key, and which key it signs with. */
import { apiserverFlags } from '../../blueprint/components/apiserver.js';
import { type ClusterSpec, type Host, withRole } from '../../model/cluster.js';
import type { Api } from '../../engine/context.js';
import { accountSecret } from '../../model/rotation.js';
import { accountKeyId, spkiOfKey } from '../../pki/key.js';
import { kidIn, kidOfPem, signedToken } from '../../pki/token.js';
import type { Edge, Turning } from './rotatable.js';

/** Every namespace has it, and it may do nothing. */
const account = { namespace: 'kube-system', name: 'default' } as const;
const accountPath = `/api/v1/namespaces/${account.namespace}/serviceaccounts/${account.name}`;

/** One edge for each API server and key. @param keys Public halves; their private ones are in the vault. */
export const verifyEdges = (at: Turning, keys: readonly string[]): Promise<readonly Edge[]> =>
  each(at, keys, async (api, key) => {
    const { status, body } = await api.request('GET', accountPath);
    const uid = text(body, 'metadata', 'uid');
    if (status !== 200 || uid === undefined) return [`GET ${accountPath} says ${status}`, 'unknown'];
    const token = signedToken(privateOf(at, key), {
      ...account,
      uid,
      issuer: issuerOf(at.input.spec),
      now: Math.floor(at.clock().getTime() / 1000),
      seconds: 600,
    });
    const answer = await api.request('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token },
    });
    if (answer.status !== 201) return [`it says ${answer.status} when a token is shown to it`, 'unknown'];
    return text(answer.body, 'status', 'authenticated') === 'true'
      ? [`accepts a token of ${accountKeyId(key)}`, true]
      : [
          `refuses a token of ${accountKeyId(key)}: ${text(answer.body, 'status', 'error') ?? 'no reason given'}`,
          false,
        ];
  });

/** Each API server signs with the first of the keys. */
export const signEdges = (at: Turning): Promise<readonly Edge[]> =>
  each(at, (at.input.rotation?.account?.verifies ?? []).slice(0, 1), async (api, key) => {
    const answer = await api.request('POST', `${accountPath}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 600 },
    });
    const kid = kidIn(text(answer.body, 'status', 'token') ?? '');
    if (kid === undefined) return [`it gives no token: ${answer.status}`, 'unknown'];
    const ok = kid === kidOfPem(key);
    return [`signs with ${ok ? accountKeyId(key) : 'another key'}`, ok];
  });

async function each(
  { session, input }: Turning,
  keys: readonly string[],
  ask: (api: Api, key: string) => Promise<readonly [says: string, ok: Edge['ok']]>,
): Promise<readonly Edge[]> {
  const hosts: readonly Host[] = withRole(input.spec, 'controlPlane');
  const all = hosts.flatMap(({ name: host }) =>
    keys.map(async (key): Promise<Edge> => {
      const name = `${host}: its API server`;
      try {
        const [says, ok] = await ask(await session.apiAt(host), key);
        return { name, ok, says };
      } catch (error) {
        return { name, ok: 'unknown', says: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
  return Promise.all(all);
}

const privateOf = ({ vault }: Turning, key: string): string =>
  spkiOfKey(vault.reveal('pki/sa.key')) === spkiOfKey(key)
    ? vault.reveal('pki/sa.key')
    : vault.reveal(accountSecret(accountKeyId(key)));

/** Its first, where a file gives several. */
const issuerOf = (spec: ClusterSpec): string => {
  const [host] = withRole(spec, 'controlPlane');
  return String(host && apiserverFlags({ spec, host })['service-account-issuer']).split(',')[0] ?? '';
};

const text = (body: unknown, ...path: readonly string[]): string | undefined => {
  let at: unknown = body;
  for (const name of path)
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined;
  return typeof at === 'string' || typeof at === 'boolean' ? String(at) : undefined;
};

/** `kw token` against an API that keeps what it was given; and the pin against openssl's own. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { bootstrapKubeconfig, tokenOf } from '../../src/blueprint/access/bootstrap-token.js';
import { deleteToken, idIn, listTokens, newToken } from '../../src/workflow/token/api.js';
import { ttlOf } from '../../src/cli/duration.js';
import type { Api } from '../../src/engine/context.js';
import { readKubeconfig } from '../../src/pki/read-kubeconfig.js';
import { createAuthority } from '../../src/pki/issue.js';
import { pinOf } from '../../src/pki/key.js';

type Stored = {
  readonly metadata: { readonly name: string };
  readonly type: string;
  readonly data: Record<string, string>;
};

/** As an API server: `stringData` comes back as `data`, in base64. */
const keeping = (): { readonly api: Api; readonly stored: Map<string, Stored>; readonly asked: string[] } => {
  const stored = new Map<string, Stored>();
  const asked: string[] = [];
  const api: Api = {
    async request(method, path, body) {
      asked.push(`${method} ${path}`);
      const name = path.split('/').at(-1) ?? '';
      if (method === 'GET') return { status: 200, body: { items: [...stored.values()] } };
      if (method === 'DELETE') return { status: stored.delete(name) ? 200 : 404, body: {} };
      const { stringData, ...rest } = body as {
        stringData: Record<string, string>;
        metadata: { name: string };
        type: string;
      };
      stored.set(rest.metadata.name, {
        ...rest,
        data: Object.fromEntries(
          Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
        ),
      });
      return { status: 201, body: {} };
    },
  };
  return { api, stored, asked };
};

test('a token is made, listed without its secret, and deleted', async () => {
  const { api, asked } = keeping();
  const { id, secret } = await newToken(api, {
    expires: new Date('2026-12-01T12:00:00.250Z'),
    description: 'rack 7',
    group: 'system:bootstrappers:kubewizard',
  });
  expect(`${id}.${secret}`).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}$/);
  const list = await listTokens(api);
  expect(list).toEqual([
    {
      id,
      expires: '2026-12-01T12:00:00Z',
      usages: ['authentication', 'signing'],
      groups: ['system:bootstrappers:kubewizard'],
      description: 'rack 7',
    },
  ]);
  await deleteToken(api, id);
  expect(await listTokens(api)).toEqual([]);
  await expect(deleteToken(api, id)).rejects.toThrow(`there is no token ${id}`);
  expect(JSON.stringify([list, asked])).not.toContain(secret);
});

test('two tokens are never the same', async () => {
  const { api, stored } = keeping();
  for (let n = 0; n < 50; n++) await newToken(api, { expires: new Date(0), description: '', group: 'g' });
  expect(stored.size).toBe(50);
});

test('a refusal of the API is told without the token', async () => {
  const bodies: string[] = [];
  const api: Api = {
    request: async (_method, _path, body) => {
      bodies.push(JSON.stringify(body));
      return { status: 403, body: { message: 'secrets is forbidden' } };
    },
  };
  const error = await newToken(api, { expires: new Date(0), description: '', group: 'g' }).catch(String);
  const secret = /"token-secret":"(\w+)"/.exec(bodies[0] ?? '')?.[1] ?? '';
  expect(secret).toHaveLength(16);
  expect(error).toContain('403 secrets is forbidden');
  expect(error).not.toContain(secret);
});

test('other Secrets are no tokens', () => {
  expect([
    tokenOf({ type: 'Opaque', data: { 'token-id': 'YWJj' } }),
    tokenOf({ type: 'bootstrap.kubernetes.io/token' }),
  ]).toEqual([undefined, undefined]);
});

test.each([
  ['90m', 5_400_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
])('%s is %d ms', (text, ms) => {
  expect(ttlOf(text)).toBe(ms);
});
test.each(['0', '0h', 'never', '-1h', '1.5h', ''])('a token for %j is refused', text => {
  expect(() => ttlOf(text)).toThrow('not a valid time');
});

test('of a whole token only the first half is used, and nonsense is not repeated', () => {
  expect([idIn('abcdef'), idIn('abcdef.0123456789abcdef')]).toEqual(['abcdef', 'abcdef']);
  expect(() => idIn('../../secrets')).toThrow('that is not a valid token');
});

test('the digest of the CA is the one that openssl computes, and the kubeconfig leads to it', async () => {
  const { certPem } = await createAuthority({
    commonName: 'kubernetes-ca',
    days: 10,
    algorithm: 'ecdsa-p256',
    now: new Date(),
  });
  const key = execFileSync('openssl', ['x509', '-pubkey', '-noout'], { input: certPem });
  const der = execFileSync('openssl', ['pkey', '-pubin', '-outform', 'der'], { input: key });
  expect(pinOf(certPem)).toBe(
    `sha256:${execFileSync('openssl', ['dgst', '-sha256', '-r'], { input: der }).toString().split(' ')[0]}`,
  );
  const read = readKubeconfig(
    bootstrapKubeconfig('demo', 'https://10.0.0.10:6443', certPem, 'abcdef.0123456789abcdef'),
    'bootstrap.conf',
  );
  expect(read).toMatchObject({ value: { server: 'https://10.0.0.10:6443', caPem: certPem, token: { in: 'text' } } });
});

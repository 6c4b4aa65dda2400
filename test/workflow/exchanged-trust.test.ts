/**
 * While the cluster's own CA is exchanged, every command of the table calls the API by whom it trusts then, and trusts
 * what it shows then: over a real API server of each phase, with a control machine that began before the first.
 */
import { once } from 'node:events';
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { openVault } from '../../src/engine/vault.js';
import { authoritySecret, commonNames } from '../../src/engine/vault/names.js';
import { readSecret, writeSecret } from '../../src/engine/vault/store.js';
import { createAuthority, issueCertificate, type Pair } from '../../src/pki/issue.js';
import { readCertificates } from '../../src/pki/read.js';
import { isSignedBy } from '../../src/pki/chain.js';
import { readKubeconfig } from '../../src/pki/read-kubeconfig.js';
import { readCluster } from '../../src/spec/index.js';
import type { ClusterFile } from '../../src/workflow/cluster-file.js';
import { kubeconfig } from '../../src/workflow/kubeconfig.js';
import { createToken } from '../../src/workflow/token.js';
import { kinds, type World, world } from '../engine/world.js';
import { released } from '../golden/input.js';
import { recordedPorts } from './recorded-ports.js';
import { addressOf, simulated } from './simulated-host.js';
import { stories } from './stories.js';

const closing: (() => void)[] = [];
let opened: World | undefined;
afterEach(() => {
  for (const close of closing.splice(0)) close();
  opened?.clean();
});

const text = `apiVersion: kubewizard/v1
kind: Cluster
name: prod
kubernetes: 1.29.3
hosts:
  - { name: kw-1, address: ${addressOf('kw-1')}, roles: [etcd, controlPlane] }
  - { name: kw-2, address: ${addressOf('kw-2')}, roles: [worker] }
`;
const fileIn = (dir: string): ClusterFile => {
  const read = readCluster(text, 'cluster.yaml');
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return { spec: read.value, text, dir, warnings: [] };
};

const now = () => new Date();
let next: Pair;
beforeAll(async () => {
  // Younger than what each test's vault begins with.
  const later = new Date(Date.now() + 60_000);
  next = await createAuthority({ commonName: commonNames.ca, days: 3650, algorithm: 'ecdsa-p256', now: later });
});

const certificate = ({ certPem }: Pair) => {
  const [one] = readCertificates(certPem).certificates;
  if (!one) throw new Error('no certificate');
  return one;
};

type Phase = 'before' | 'trusting' | 'signing' | 'over';
interface Standing {
  readonly signer: Pair;
  readonly trust: readonly Pair[];
  readonly comes?: Pair;
}
const standings = (old: Pair): Readonly<Record<Phase, Standing>> => ({
  before: { signer: old, trust: [old] },
  trusting: { signer: old, trust: [old, next], comes: next },
  signing: { signer: next, trust: [old, next] },
  over: { signer: next, trust: [next] },
});

/** As hosts say it: `facts/host/carried.ts`, `facts/host/rotated-authorities.ts`. */
const wordsOf = (phase: Phase, { signer, trust, comes }: Standing) => {
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
  const marked = phase === 'trusting' || phase === 'signing';
  const bundle = base64(trust.map(one => one.certPem).join(''));
  const lines = (names: readonly [string, string, string]): readonly string[] => [
    `${names[0]}=${bundle}`,
    ...(marked ? [`${names[1]}=${base64(signer.certPem)}`] : []),
    ...(comes ? [`${names[2]}=${base64(comes.certPem)}`] : []),
  ];
  const carried = ['marked=yes', 'name=prod', ...lines(['ca', 'ca-signer', 'ca-next']), 'end=yes', ''].join('\n');
  return { carried, facts: `etcd=yes\n${lines(['trust-ca', 'signer-ca', 'next-ca']).join('\n')}\n` };
};

/** Whom it lets in, and whom not; a client that does not trust it never asks. */
const serving = async ({ signer, trust }: Standing) => {
  const own = await issueCertificate(
    signer,
    { ca: 'ca', commonName: 'kube-apiserver', organizations: [], sans: ['127.0.0.1'], usages: ['server'], days: 1 },
    { algorithm: 'ecdsa-p256', now: new Date(Date.now() + 60_000) },
  );
  const seen = { connections: 0, asked: new Set<unknown>(), letIn: 0, strangers: 0 };
  const server = createServer(
    {
      cert: own.certPem,
      key: own.keyPem,
      ca: trust.map(({ certPem }) => certPem),
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => {
      const socket = request.socket as TLSSocket;
      seen.asked.add(socket);
      if (socket.authorized) seen.letIn += 1;
      else seen.strangers += 1;
      const reviews = request.url?.includes('selfsubjectaccessreviews');
      const body = reviews ? { status: { allowed: true } } : { items: [], metadata: {} };
      const status = request.method === 'POST' ? 201 : 200;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    },
  );
  server.on('connection', () => {
    seen.connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { seen, port: (server.address() as AddressInfo).port };
};

/** @param keeps False: the machine was away, and has the first CA alone. */
const given = async (phase: Phase, keeps = true) => {
  const w = world(['kw-1', 'kw-2'].map(host => ({ host, name: 'a', want: { text: 'one' } })));
  opened = w;
  const dir = join(w.root, 'control-machine', 'prod');
  const file = fileIn(dir);
  const made = await openVault(dir, file.spec, { now, found: async () => [] });
  if (!made.ok) throw new Error('no vault');
  const old = {
    certPem: (await readSecret(dir, 'pki/ca.crt')) ?? '',
    keyPem: (await readSecret(dir, 'pki/ca.key')) ?? '',
  };
  if (keeps)
    for (const [end, pem] of [
      ['crt', next.certPem],
      ['key', next.keyPem],
    ] as const)
      await writeSecret(dir, authoritySecret('ca', certificate(next), end), pem);
  const standing = standings(old)[phase];
  const { carried, facts } = wordsOf(phase, standing);
  const { seen, port } = await serving(standing);
  const told = recordedPorts({
    answer: () => true,
    // A CA that is of the future is none yet.
    clock: () => new Date(Date.now() + 120_000),
    connect: async ({ name }) => ({
      ...(await simulated(w.host(name), carried, name === 'kw-1' ? { facts } : {})),
      forward: async () => connect(port, '127.0.0.1'),
    }),
    artifacts: { resolve: async () => released('1.29.3', '1.7.0'), atHand: async () => released('1.29.3', '1.7.0') },
    craft: { kinds, wanted: () => w.resources },
  });
  return { file, standing, seen, dir, old, ...told };
};

const played = async (name: string, phase: Phase) => {
  const { file, ports, seen } = await given(phase);
  await stories[name]?.(file, ports).catch(() => undefined);
  return {
    isLetIn: seen.asked.size > 0 && seen.letIn > 0,
    strangers: seen.strangers,
    distrusted: seen.connections - seen.asked.size,
  };
};

/** They shake hands with whatever listens, as anybody, to see what it shows. */
const examine = ['doctor', 'heal', 'explain', 'bundle', 'certs', 'upgrade'];
/** Of hosts that lack as much as these they ask the API nothing. */
const asksNothing = ['restore', 'etcd recover', 'backup', 'backup list', 'drift', 'replace', 'reset'];
/** By the same session, for minutes: pods that nobody starts here are waited for. */
const waits = ['verify'];

test.each(Object.keys(stories).filter(name => !waits.includes(name)))(
  'kw %s, while the new one signs and both are trusted',
  async name => {
    const { isLetIn, strangers, distrusted } = await played(name, 'signing');
    expect(isLetIn).toBe(!asksNothing.includes(name));
    if (!examine.includes(name)) expect([strangers, distrusted]).toEqual([0, 0]);
  },
);

test.each(['before', 'trusting', 'over'] as const)('%s: the API lets in who asks', async phase => {
  for (const name of ['status', 'token list'])
    expect(await played(name, phase)).toEqual({ isLetIn: true, strangers: 0, distrusted: 0 });
});

const anna = { user: 'anna', groups: [], life: 3_600_000, breaksGlass: false };

test.each(['before', 'trusting', 'signing', 'over'] as const)(
  '%s: what is given to people and to hosts that join is signed by the one that signs, and trusts all',
  async phase => {
    const { file, ports, standing } = await given(phase);
    const both = standing.trust.map(one => certificate(one).fingerprint);
    const { value } = readKubeconfig(await kubeconfig(file, ports, anna, 'ada@laptop'));
    const [leaf] = readCertificates(value?.certPem ?? '').certificates;
    expect(leaf && isSignedBy(leaf, certificate(standing.signer))).toBe(true);
    expect(readCertificates(value?.caPem ?? '').certificates.map(one => one.fingerprint)).toEqual(both);
    const token = readKubeconfig((await createToken(file, ports, { ttl: 60_000, description: '' })).kubeconfig);
    expect(readCertificates(token.value?.caPem ?? '').certificates.map(one => one.fingerprint)).toEqual(both);
  },
);

test('a machine without the key of the one that signs gives nobody a credential that it could not give', async () => {
  const { file, ports } = await given('signing', false);
  await expect(kubeconfig(file, ports, anna, 'ada@laptop')).rejects.toMatchObject({
    failure: { class: 'refused', help: expect.stringContaining('kw up') },
  });
});

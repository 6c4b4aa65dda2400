/** The cluster's own CA: who is named before a phase, what is asked of every port, and where it is refused. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordAccess } from '../../src/engine/audit.js';
import { emitter } from '../../src/engine/emitter.js';
import type { Api } from '../../src/engine/context.js';
import { withRole } from '../../src/model/cluster.js';
import { createAuthority } from '../../src/pki/issue.js';
import { readCertificates } from '../../src/pki/read.js';
import type { Certificate } from '../../src/pki/certificate.js';
import { readCluster } from '../../src/spec/index.js';
import { clusterAuthority } from '../../src/workflow/rotate/cluster-authority.js';
import { kubeletEdges } from '../../src/workflow/rotate/kubelet-edges.js';
import { rotate } from '../../src/workflow/rotate.js';
import type { Turning } from '../../src/workflow/rotate/rotatable.js';
import { recordedPorts } from './recorded-ports.js';

const now = new Date('2026-03-01T12:00:00Z');
const dir = mkdtempSync(join(tmpdir(), 'kw-rotate-ca-'));
afterAll(() => rmSync(dir, { recursive: true }));

let [old, next]: [Certificate, Certificate] = [] as never;
beforeAll(async () => {
  const made = async (at: string): Promise<Certificate> => {
    const options = { commonName: 'kubernetes-ca', days: 3650, algorithm: 'ecdsa-p256', now: new Date(at) } as const;
    const [one] = readCertificates((await createAuthority(options)).certPem).certificates;
    if (!one) throw new Error('no CA');
    return one;
  };
  [old, next] = [await made('2026-01-01T00:00:00Z'), await made('2026-03-01T10:00:00Z')];
  const issued = (user: string, until: string, more: object) =>
    recordAccess(dir, emitter({ clock: () => now, listen: () => undefined }), now, {
      ...({ type: 'credential-issued', user, groups: [], until, breaksGlass: false, owner: 'ada@laptop' } as const),
      ...more,
    });
  const later = '2026-03-02T00:00:00Z';
  const both = [old.fingerprint, next.fingerprint];
  await issued('before-it-was-noted', later, {});
  await issued('old-alone', later, { signer: old.fingerprint, trusts: [old.fingerprint] });
  await issued('trusts-both', later, { signer: old.fingerprint, trusts: both });
  await issued('of-the-new', later, { signer: next.fingerprint, trusts: both });
  await issued('ended', '2026-03-01T11:00:00Z', { signer: old.fingerprint, trusts: [old.fingerprint] });
});

const file = (kubernetes = '1.37.2', pki = '') => {
  const text = `name: demo
kubernetes: ${kubernetes}
${pki}hosts:
  - {name: kw-1, address: 10.0.0.1, roles: [etcd, controlPlane]}
  - {name: kw-2, address: 10.0.0.2, roles: [worker]}
`;
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return { spec: checked.value, text, dir, warnings: [] };
};

const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
const token = (id: string, creationTimestamp: string) => ({
  type: 'bootstrap.kubernetes.io/token',
  metadata: { name: `bootstrap-token-${id}`, creationTimestamp },
  data: { 'token-id': base64(id), expiration: base64('2026-03-03T00:00:00Z') },
});
const root = (namespace: string, certificates: readonly Certificate[], time: string) => ({
  metadata: { namespace, name: 'kube-root-ca.crt', managedFields: [{ time }] },
  data: { 'ca.crt': certificates.map(({ pem }) => pem).join('') },
});
const pod = (namespace: string, name: string, startTime: string, startedAt = startTime) => ({
  metadata: { namespace, name },
  spec: { volumes: [{ projected: { sources: [{ serviceAccountToken: {} }] } }] },
  status: { phase: 'Running', startTime, containerStatuses: [{ state: { running: { startedAt } } }] },
});

const world = (): Readonly<Record<string, readonly unknown[]>> => ({
  '/api/v1/configmaps': [
    root('shop', [old, next], '2026-03-01T10:05:00Z'),
    root('young', [old, next], '2026-03-01T11:30:00Z'),
    root('not-yet', [old], '2026-01-01T00:00:00Z'),
  ],
  '/api/v1/pods': [
    pod('shop', 'of-before', '2026-03-01T09:00:00Z'),
    pod('shop', 'made-since', '2026-03-01T10:05:01Z'),
    pod('shop', 'container-at-once', '2026-03-01T09:00:00Z', '2026-03-01T10:06:00Z'),
    pod('shop', 'container-later', '2026-03-01T09:00:00Z', '2026-03-01T10:08:00Z'),
    pod('young', 'in-a-young-namespace', '2026-03-01T11:31:00Z'),
    pod('not-yet', 'anything', '2026-03-01T11:59:00Z'),
  ],
  '/api/v1/namespaces/kube-system/secrets': [
    token('aaaaaa', '2026-03-01T09:00:00Z'),
    token('bbbbbb', '2026-03-01T11:00:00Z'),
  ],
  '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations': [
    { metadata: { name: 'old-alone' }, webhooks: [{ clientConfig: { caBundle: base64(old.pem) } }] },
    { metadata: { name: 'both' }, webhooks: [{ clientConfig: { caBundle: base64(old.pem + next.pem) } }] },
    { metadata: { name: 'its-own' }, webhooks: [{ clientConfig: { caBundle: base64('none') } }] },
  ],
});

const turning = (rotating: object): Turning => {
  const lists = world();
  const api: Api = {
    request: async (_, path) => ({ status: 200, body: { items: lists[path.split('?')[0] ?? ''] ?? [], metadata: {} } }),
  };
  const { spec } = file();
  return {
    clock: () => now,
    session: { dir, spec, api: async () => api },
    vault: { reveal: () => old.pem, names: () => [] },
    input: { spec, rotating: { ca: rotating } },
  } as unknown as Turning;
};
const subjects = async (phase: string, rotating: object): Promise<readonly string[]> => {
  const found = clusterAuthority.phases.find(({ name }) => name === phase);
  return ((await found?.needs?.(turning(rotating))) ?? []).map(({ subject }) => subject);
};

describe('who is named', () => {
  const all = [
    'kubeconfig of before-it-was-noted',
    'kubeconfig of old-alone',
    'bootstrap token aaaaaa',
    'Pod shop/of-before',
    'Pod shop/container-at-once',
    'Pod not-yet/anything',
    'ValidatingWebhookConfiguration old-alone',
  ].sort();
  test('before the new one signs: who knows the old one alone', async () => {
    expect([...(await subjects('sign-with-new', { phase: 'signing', signer: next.pem }))].sort()).toEqual(all);
  });
  test('the same, while the phase before stands', async () => {
    const rotating = { phase: 'trusting', signer: old.pem, next: next.pem };
    expect([...(await subjects('sign-with-new', rotating))].sort()).toEqual(all);
  });
  test('before the old one goes: whom it has signed', async () => {
    const named = await subjects('drop-old', { phase: 'forgetting', signer: next.pem });
    expect([...named].sort()).toEqual(
      ['before-it-was-noted', 'old-alone', 'trusts-both'].map(user => `kubeconfig of ${user}`),
    );
  });
});

test('each API server asks each kubelet', async () => {
  const at = (status: number): Turning => {
    const { spec } = file();
    const api: Api = { request: async () => ({ status, body: 'ok' }) };
    return { session: { spec, apiAt: async () => api } } as unknown as Turning;
  };
  const planes = withRole(file().spec, 'controlPlane').length;
  expect((await kubeletEdges(at(200))).map(({ ok }) => ok)).toEqual(Array(planes * 2).fill(true));
});

test.each([
  ['a CA of its owner', file('1.37.2', 'pki: {ca: {cert: /ca.crt, key: /ca.key}}\n'), 'pki.ca'],
  ['Kubernetes before 1.21', file('1.20.2'), '1.21'],
])('%s: refused, and no host is asked', async (_, one, says) => {
  const { ports, events } = recordedPorts();
  await expect(rotate(one, ports, { name: 'ca', yes: true })).rejects.toMatchObject({
    problems: [{ code: 'not-here', says: expect.stringContaining(says) }],
  });
  expect(events).toEqual([]);
});

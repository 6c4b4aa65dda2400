/** The kubeconfig that a person holds, and the server that it leads to, when nothing else of a cluster can be seen. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import { writeBundle } from '../../src/clinic/bundle/bundle.js';
import { examine } from '../../src/clinic/examine/examine.js';
import { flat } from '../../src/clinic/examine/report.js';
import { evidence } from '../../src/workflow/doctor.js';
import { recordedPorts } from '../workflow/recorded-ports.js';
import { createAuthority, issueCertificate, type Pair } from '../../src/pki/issue.js';
import { writeKubeconfig } from '../../src/pki/kubeconfig.js';
import { gunzipSync } from 'node:zlib';

const now = new Date();
const made: Record<string, Pair> = {};
let folder = '';
const open: Server[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kw-control-'));
  for (const name of ['ca', 'other'])
    made[name] = await createAuthority({ commonName: 'kubernetes', days: 10, algorithm: 'ecdsa-p256', now });
  const issue = (commonName: string, sans: readonly string[], usages: readonly ('server' | 'client')[], at = now) =>
    issueCertificate(
      made.ca as Pair,
      { ca: 'ca', commonName, organizations: ['system:masters'], sans, usages, days: 1 },
      { algorithm: 'ecdsa-p256', now: at },
    );
  Object.assign(made, {
    server: await issue('kube-apiserver', ['127.0.0.1'], ['server']),
    nameless: await issue('kube-apiserver', ['10.0.0.1'], ['server']),
    client: await issue('kubernetes-admin', [], ['client']),
    late: await issue('kubernetes-admin', [], ['client'], new Date(now.getTime() - 9 * 86_400_000)),
  });
});

afterAll(() => {
  for (const one of open) one.close();
  rmSync(folder, { recursive: true });
});

/** Shows its certificate to everybody, and answers nothing. */
const server = (pair: string): Promise<number> =>
  new Promise(resolve => {
    const one = createServer({ cert: made[pair]?.certPem, key: made[pair]?.keyPem }, socket =>
      socket.on('error', () => undefined).end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'),
    );
    open.push(one);
    one
      .on('tlsClientError', () => undefined)
      .listen(0, '127.0.0.1', () => resolve((one.address() as AddressInfo).port));
  });

const kubeconfig = (port: number, ca = 'ca', client = 'client', key = client): string =>
  writeKubeconfig({
    server: `https://127.0.0.1:${port}`,
    cluster: 'c',
    user: 'admin',
    caPem: made[ca]?.certPem ?? '',
    certPem: made[client]?.certPem ?? '',
    keyPem: made[key]?.keyPem ?? '',
  });

const examined = async (text: string) => {
  const path = join(folder, 'config');
  writeFileSync(path, text);
  const chart = await evidence({ kubeconfig: path }, recordedPorts().ports);
  return { chart, report: examine(chart, cases) };
};

const named = async (text: string): Promise<readonly string[]> =>
  flat((await examined(text)).report.causes).map(one => `${one.case}/${one.variant}`);

test('broken PEM in the person’s own kubeconfig is a diagnosis, not a reason to see nothing', async () => {
  const text = kubeconfig(1).replace(/certificate-authority-data: ....../, 'certificate-authority-data: !!!');
  expect(await named(text)).toEqual(['pem-unreadable/kubeconfig-unreadable']);
});

test('a key of another pair, and a client certificate that has expired', async () => {
  const port = await server('server');
  expect(await named(kubeconfig(port, 'ca', 'client', 'server'))).toEqual(['pem-unreadable/kubeconfig-key']);
  expect(await named(kubeconfig(port, 'ca', 'late'))).toEqual(['leaf-certificate-expired/kubeconfig']);
});

test('a CA of the same name that did not sign what the server shows', async () => {
  expect(await named(kubeconfig(await server('server'), 'other'))).toEqual([
    'client-and-server-disagree-on-ca/kubeconfig-ca',
  ]);
});

test('a name that the server’s certificate lacks', async () => {
  expect(await named(kubeconfig(await server('nameless')))).toEqual(['name-missing-in-certificate/dialled']);
});

test('sound on the control machine, no illness is made up; kw acts on no control machine', async () => {
  const { report } = await examined(kubeconfig(await server('server')));
  expect([report.verdict, report.causes]).toEqual(['unseen', []]);
  const ill = await examined(kubeconfig(await server('server'), 'other'));
  expect(ill.report.causes[0]?.therapies).toEqual([
    expect.objectContaining({ refused: expect.stringContaining('control machine') }),
  ]);
});

test('files that the kubeconfig names are followed, from its own folder; their keys stay out of the chart', async () => {
  const port = await server('server');
  for (const [name, pem] of [
    ['ca.crt', made.other?.certPem],
    ['me.crt', made.client?.certPem],
    ['me.key', made.client?.keyPem],
  ] as const)
    writeFileSync(join(folder, name), pem ?? '');
  const text = (ca: string) =>
    `apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: "https://127.0.0.1:${port}", ` +
    `certificate-authority: ${ca}}}]\nusers: [{name: u, user: {client-certificate: me.crt, client-key: ` +
    `me.key}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n`;
  expect(await named(text('ca.crt'))).toEqual(['client-and-server-disagree-on-ca/kubeconfig-ca']);
  expect(await named(text('gone.crt'))).toEqual(['pem-unreadable/kubeconfig-unreadable']);
  const { chart } = await examined(text('ca.crt'));
  const body = made.client?.keyPem.split('\n')[1] ?? 'no key';
  expect(gunzipSync(writeBundle(chart)).toString().includes(body)).toBe(false);
});

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kubeClient } from '../../src/kube/client.js';

const directory = mkdtempSync(join(tmpdir(), 'kw-own-ca-'));
const at = (name: string) => join(directory, name);
const pem = (name: string) => readFileSync(at(name), 'utf8');
const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

function sign(name: string, signer: string, extensions: string): void {
  writeFileSync(at(`${name}.ext`), extensions);
  openssl('req', ...key, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`), '-subj', `/CN=${name}`);
  openssl(
    'x509',
    '-req',
    '-in',
    at(`${name}.csr`),
    '-CA',
    at(`${signer}.crt`),
    '-CAkey',
    at(`${signer}.key`),
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    at(`${name}.ext`),
    '-out',
    at(`${name}.crt`),
  );
}

test('an API server whose CA is the owner’s intermediate verifies without its root', async () => {
  openssl('req', '-x509', ...key, '-keyout', at('root.key'), '-out', at('root.crt'), '-subj', '/CN=root', '-days', '2');
  sign('between', 'root', 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n');
  sign('server', 'between', 'subjectAltName=IP:127.0.0.1\n');
  const server = createServer({ cert: pem('server.crt'), key: pem('server.key') }, (_, response) => {
    response.end('{"a":1}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const client = kubeClient({
    serverName: '127.0.0.1',
    connect: async () => connect(port, '127.0.0.1'),
    caPem: pem('between.crt'),
    credentials: { token: 't' },
  });
  try {
    expect((await client.request('GET', '/')).status).toBe(200);
  } finally {
    client.close();
    server.close();
    rmSync(directory, { recursive: true });
  }
});

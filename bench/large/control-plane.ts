/** A real etcd and a real kube-apiserver on loopback, without a kubelet: what a large cluster's API is to a doctor. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultCache, resolveArtifacts } from '../../src/artifacts/index.js';
import type { BinaryName } from '../../src/model/artifact.js';
import { createAuthority, issueCertificate } from '../../src/pki/issue.js';
import { serviceAccountKey } from '../../src/pki/key.js';
import { writeKubeconfig } from '../../src/pki/kubeconfig.js';

export interface ControlPlane {
  /** `http://127.0.0.1:PORT` of etcd. */
  readonly etcd: string;
  /** Path of an administrator's kubeconfig, whose user is `bench`. */
  readonly kubeconfig: string;
  /** Path of the API server's audit log: lists by `bench`. */
  readonly audit: string;
  readonly version: string;
  stop(): Promise<void>;
}

export const controlPlane = async (dir: string): Promise<ControlPlane> => {
  const { binaries } = await resolveArtifacts(
    { kubernetes: '1.20.2', arch: 'amd64', source: 'debian' },
    { cache: defaultCache(process.env), progress: () => undefined },
  );
  const [client, peer, api] = await Promise.all([freePort(), freePort(), freePort()]);
  const etcd = `http://127.0.0.1:${client}`;
  const started: ChildProcess[] = [];
  const start = async (name: BinaryName, args: readonly string[]): Promise<void> => {
    const kept = binaries[name]?.file;
    if (!kept) throw new Error(`the debian source has no ${name}`);
    // What lies in the cache may not be run.
    const file = join(dir, `${name}-binary`);
    await copyFile(kept, file);
    await chmod(file, 0o755);
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createWriteStream(join(dir, `${name}.log`));
    child.stdout?.pipe(log);
    child.stderr?.pipe(log);
    started.push(child);
  };
  const stop = async (): Promise<void> => {
    for (const child of [...started].reverse()) {
      const gone = new Promise(resolve => {
        child.once('exit', resolve);
      });
      if (child.exitCode === null && child.kill('SIGTERM'))
        await Promise.race([gone, sleep(20_000).then(() => child.kill('SIGKILL'))]);
    }
  };
  const files = await writeFiles(dir, api);
  try {
    await mkdir(join(dir, 'etcd'), { mode: 0o700 });
    await start('etcd', [
      '--data-dir',
      join(dir, 'etcd'),
      '--listen-client-urls',
      etcd,
      '--advertise-client-urls',
      etcd,
      '--listen-peer-urls',
      `http://127.0.0.1:${peer}`,
      '--initial-advertise-peer-urls',
      `http://127.0.0.1:${peer}`,
      '--initial-cluster',
      `default=http://127.0.0.1:${peer}`,
      '--quota-backend-bytes',
      '4294967296',
    ]);
    await start('kube-apiserver', [
      `--etcd-servers=${etcd}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${api}`,
      '--insecure-port=0',
      '--endpoint-reconciler-type=none',
      '--authorization-mode=Node,RBAC',
      '--service-cluster-ip-range=10.96.0.0/12',
      `--tls-cert-file=${files.cert}`,
      `--tls-private-key-file=${files.key}`,
      `--client-ca-file=${files.ca}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${files.accounts}`,
      `--service-account-signing-key-file=${files.accounts}`,
      `--audit-policy-file=${files.policy}`,
      `--audit-log-path=${files.audit}`,
      '--audit-log-mode=blocking',
    ]);
    await ready(api, files.caPem, started);
    return { etcd, kubeconfig: files.kubeconfig, audit: files.audit, version: '1.20.2', stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const writeFiles = async (dir: string, port: number) => {
  const now = new Date();
  const authority = await createAuthority({ commonName: 'kubernetes', days: 2, algorithm: 'ecdsa-p256', now });
  const options = { algorithm: 'ecdsa-p256' as const, now };
  const server = await issueCertificate(
    authority,
    {
      ca: 'ca',
      commonName: 'kube-apiserver',
      organizations: [],
      sans: ['127.0.0.1', 'localhost'],
      usages: ['server'],
      days: 1,
    },
    options,
  );
  const admin = await issueCertificate(
    authority,
    { ca: 'ca', commonName: 'bench', organizations: ['system:masters'], sans: [], usages: ['client'], days: 1 },
    options,
  );
  const accounts = await serviceAccountKey('ecdsa-p256');
  const put = async (name: string, text: string): Promise<string> => {
    await writeFile(join(dir, name), text, { mode: 0o600 });
    return join(dir, name);
  };
  return {
    caPem: authority.certPem,
    ca: await put('ca.crt', authority.certPem),
    cert: await put('server.crt', server.certPem),
    key: await put('server.key', server.keyPem),
    accounts: await put('sa.key', accounts.privatePem),
    kubeconfig: await put(
      'admin.conf',
      writeKubeconfig({
        server: `https://127.0.0.1:${port}`,
        cluster: 'large',
        user: 'bench',
        caPem: authority.certPem,
        certPem: admin.certPem,
        keyPem: admin.keyPem,
      }),
    ),
    policy: await put(
      'policy.yaml',
      JSON.stringify({
        apiVersion: 'audit.k8s.io/v1',
        kind: 'Policy',
        omitStages: ['RequestReceived'],
        rules: [{ level: 'Metadata', users: ['bench'], verbs: ['list'] }, { level: 'None' }],
      }),
    ),
    audit: join(dir, 'audit.log'),
  };
};

const ready = async (port: number, ca: string, children: readonly ChildProcess[]): Promise<void> => {
  const asked = (): Promise<boolean> =>
    new Promise(resolve => {
      const sent = request({ host: '127.0.0.1', port, path: '/readyz', ca, timeout: 2000 }, answer => {
        answer.resume();
        resolve(answer.statusCode === 200);
      });
      sent
        .on('error', () => resolve(false))
        .on('timeout', () => sent.destroy())
        .end();
    });
  for (let n = 0; n < 240; n += 1) {
    if (await asked()) return;
    if (children.some(child => child.exitCode !== null))
      throw new Error('etcd or kube-apiserver has ended: their logs say why');
    await sleep(500);
  }
  throw new Error('kube-apiserver is not ready after two minutes');
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const { port } = server.address() as { readonly port: number };
        server.close(() => resolve(port));
      });
  });

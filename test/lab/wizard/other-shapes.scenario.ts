/**
 * Clusters that are not the usual five: a haproxy on every host, etcd and load balancers apart, plain routes, RSA, an
 * owner's intermediate CA, a mirror, a host behind a jump host.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { defaultCache, newestHere, resolveArtifacts, writeMirror } from '../../../src/artifacts/index.js';
import { clusterFileForLab, labReset, labSshArgv, type LabState } from '../../../src/lab/index.js';
import { addressIn } from '../../../src/lab/layout.js';
import type { Stage } from '../scenario.js';
import { writeCluster } from './cluster.js';
import { changed, marks, until } from './hosts.js';

export const name =
  'other shapes: local balancing, etcd and load balancer apart, routes, RSA, an owner’s CA, a mirror, a jump host';
export const minutes = 20;

const all = ['kw-1', 'kw-2', 'kw-3', 'kw-4'];

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(all.length);
  const mirror = await t.step('a mirror, written from what the cache holds', () => written(t));
  // etcd alone, two control planes, and nothing but a list of them: every host finds a living API server through its
  // own haproxy.
  await built(
    t,
    lab,
    'etcd apart, haproxy on every host, plain routes, RSA, from a mirror',
    [['etcd'], ['controlPlane'], ['controlPlane'], ['worker']],
    {
      artifacts: { source: 'mirror', mirror },
      network: { provider: 'routes' },
      pki: { algorithm: 'rsa-2048' },
    },
  );
  assert.match(
    (await t.on('kw-4', 'ip route show 10.244.0.0/16 | cat; ip route')).stdout,
    /10\.244\.\d+\.0\/24 via 10\.88\./,
    'plain routes, no overlay',
  );
  assert.doesNotMatch((await t.on('kw-4', 'ip -o link')).stdout, /vxlan/);
  assert.match(
    (await t.on('kw-2', 'openssl x509 -noout -text -in /etc/kubernetes/pki/apiserver.crt')).stdout,
    /Public-Key: \(2048 bit\)/,
  );
  await Promise.all(all.map(host => labReset(t.labName, host)));
  jumpKnown(t, lab, 'owned');
  await isolate(t, lab);
  await built(
    t,
    lab,
    'a load balancer apart, an owner’s intermediate CA, a worker that only a control plane can reach',
    [['etcd', 'controlPlane'], ['controlPlane'], ['loadBalancer'], ['worker']],
    {
      name: 'owned',
      endpoint: { ...(clusterFileForLab(lab, { controlPlanes: 2 }).endpoint as object) },
      pki: { ca: authority(t.dir) },
    },
    { behind: 'kw-4', jump: 'kw-1', met: () => opened(t, lab) },
  );
  assert.match(
    (await t.on('kw-3', 'ip -o addr')).stdout,
    /10\.88\.\d+\.250/,
    'the load balancer has the virtual address',
  );
  assert.match(
    (await t.on('kw-2', 'openssl x509 -noout -issuer -in /etc/kubernetes/pki/apiserver.crt')).stdout,
    /Acme Kubernetes/,
  );
};

interface Behind {
  readonly behind: string;
  readonly jump: string /** Called once the cluster is up. */;
  readonly met: () => Promise<void>;
}

/** Built, proven, left alone by a second run. */
const built = async (
  t: Stage,
  lab: LabState,
  story: string,
  roles: readonly (readonly string[])[],
  more: Readonly<Record<string, unknown>>,
  way?: Behind,
): Promise<void> => {
  const { hosts } = clusterFileForLab(lab) as {
    readonly hosts: readonly { readonly name: string; readonly ssh: object }[];
  };
  const sshOf = ({ name, ssh }: (typeof hosts)[number]): object =>
    name === way?.behind ? { ...ssh, jump: `root@${addressOf(lab, way.jump)}:22` } : ssh;
  await writeCluster(t, lab, {
    endpoint: undefined,
    ...more,
    hosts: hosts.map((host, index) => ({ ...host, ssh: sshOf(host), roles: roles[index] })),
  });
  const { stdout } = await t.step(`${story}: up, and its proof`, () => t.ok(['up', '--yes']));
  assert.match(stdout, /proven: dns:/, stdout.slice(-2000));
  await way?.met();
  const before = await marks(t, all);
  await t.ok(['up', '--yes']);
  assert.deepEqual(changed(before, await marks(t, all)), [], `${story}: a second up changes nothing`);
  assert.equal((await t.kw(['status'])).code, 0, `${story}: all is well`);
};

const addressOf = (lab: LabState, name: string): string => lab.hosts.find(host => host.name === name)?.address ?? name;

/** The key of a jump host is known as OpenSSH knows it. */
const jumpKnown = (t: Stage, lab: LabState, cluster: string): void => {
  const own = join(t.dir, '.kubewizard', cluster);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  writeFileSync(
    join(own, 'known_hosts'),
    `${addressOf(lab, 'kw-1')} ${lab.hosts.find(host => host.name === 'kw-1')?.hostKey}\n`,
  );
};

/** Whether the control machine gets a connection to its ssh. */
const takes = (address: string): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ host: address, port: 22, timeout: 2000 });
    const end = (taken: boolean) => (): void => {
      socket.destroy();
      resolve(taken);
    };
    socket.once('connect', end(true)).once('timeout', end(false)).once('error', end(false));
  });

const fromControlMachine = (lab: LabState): string => `-s ${addressIn(lab.subnet, 1)} -j REJECT`;
const toControlMachine = (lab: LabState): string => `-d ${addressIn(lab.subnet, 1)} -j REJECT`;

/** From here on kw-4 and the control machine refuse each other: no ssh, and no file by HTTP. */
const isolate = async (t: Stage, lab: LabState): Promise<void> => {
  await t.on(
    'kw-4',
    `(sleep 0.5; iptables -I INPUT ${fromControlMachine(lab)}; iptables -I OUTPUT ${toControlMachine(lab)}) >/dev/null 2>&1 </dev/null &`,
  );
  await until('kw-4 to refuse the control machine', async () =>
    (await takes(addressOf(lab, 'kw-4'))) ? undefined : true,
  );
};

/** It was so to the end; through kw-1 it is ended. */
const opened = async (t: Stage, lab: LabState): Promise<void> => {
  assert(!(await takes(addressOf(lab, 'kw-4'))), 'kw-4 still refuses the control machine');
  assert.equal((await t.kw(['status'])).code, 0, 'status comes through the jump host too');
  const through = (await labSshArgv(t.labName, 'kw-1')).join(' ');
  const [program = 'ssh', ...argv] = await labSshArgv(t.labName, 'kw-4');
  execFileSync(
    program,
    [
      '-o',
      `ProxyCommand=${through} -W ${addressOf(lab, 'kw-4')}:22`,
      ...argv,
      `iptables -D INPUT ${fromControlMachine(lab)}; iptables -D OUTPUT ${toControlMachine(lab)}`,
    ],
    { stdio: 'pipe' },
  );
};

const written = async (t: Stage): Promise<string> => {
  const folder = join(t.dir, 'mirror');
  const set = await resolveArtifacts(
    { ...(await newestHere()), arch: 'amd64' },
    { cache: defaultCache(process.env), progress: () => undefined },
  );
  await writeMirror(set, folder);
  return folder;
};

/** A root that nobody here has, and the intermediate that it gave to Kubernetes. */
const authority = (dir: string): { readonly cert: string; readonly key: string } => {
  const own = join(dir, 'acme');
  mkdirSync(own, { recursive: true });
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { cwd: own, stdio: 'pipe' });
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  writeFileSync(
    join(own, 'ca.cnf'),
    'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n',
  );
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'root.key',
    '-out',
    'root.crt',
    '-days',
    '3650',
    '-subj',
    '/O=Acme/CN=Acme Root',
  );
  openssl('req', ...key, '-keyout', 'ca.key', '-out', 'ca.csr', '-subj', '/O=Acme/CN=Acme Kubernetes');
  openssl(
    'x509',
    '-req',
    '-in',
    'ca.csr',
    '-CA',
    'root.crt',
    '-CAkey',
    'root.key',
    '-CAcreateserial',
    '-days',
    '3000',
    '-extfile',
    'ca.cnf',
    '-out',
    'ca.crt',
  );
  return { cert: join(own, 'ca.crt'), key: join(own, 'ca.key') };
};

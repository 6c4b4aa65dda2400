/**
 * One host with all roles: host keys, a plain user with sudo, up, verify, drift, reset that leaves the host as it was,
 * and up again.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import type { LabState } from '../../../src/lab/index.js';
import { clusterFileForLab } from '../../../src/lab/index.js';
import type { Stage } from '../scenario.js';
import { client } from './client.js';
import { readyNodes, writeCluster } from './cluster.js';
import { addAnna, drifted } from './drift.js';
import { nobodyIll } from './well.js';

export const name = 'one host: host keys, sudo, up, verify, drift, reset without a trace, up again';
export const minutes = 25;

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(1);
  await hostKeys(t, lab);
  await writeCluster(t, lab, {}, { user: 'kw' });
  await addAnna(t);
  // Asked once before: the first login makes a runtime directory and the like.
  await listing(t);
  const before = await listing(t);
  await t.step('up as a plain user with sudo', () => t.ok(['up', '--yes']));
  await t.step('the doctor gives no alarm just after up', () => nobodyIll(t, 'on one host just built'));
  assert.deepEqual(await readyNodes(await client(t)), ['kw-1']);
  await t.step('verify', () => t.ok(['verify']));
  await t.step('usage through the API, audit, secrets at rest', () => kept(t));
  assert.equal((await t.kw(['status'])).code, 0);
  assert.equal((await t.kw(['plan'])).code, 0);
  await t.step('drift: what somebody changed, and who', () => drifted(t));

  assert.notEqual((await t.kw(['reset'])).code, 0, 'nobody said yes');
  assert.notEqual((await t.kw(['reset', '--yes-i-mean', 'another'])).code, 0, 'and not for another cluster');
  assert.equal((await t.kw(['plan'])).code, 0, 'so nothing was done');
  await t.step('reset', () => t.ok(['reset', '--yes-i-mean', 'demo']));
  const after = await listing(t);
  const left = Object.keys(questions).flatMap(part =>
    difference(before[part], after[part]).map(line => `${part}: ${line}`),
  );
  assert.equal(left.join('\n'), '', 'reset leaves the host as it was');
  await t.step('up again', () => t.ok(['up', '--yes']));
  assert.equal((await t.kw(['status'])).code, 0);
};

/** What `kubectl top` stands on verifies, the audit log has who made a secret, and etcd holds it encrypted. */
const kept = async (t: Stage): Promise<void> => {
  const api = await client(t);
  const usage = await api.ask('GET', '/api/v1/nodes/kw-1/proxy/stats/summary');
  assert.equal(usage.status, 200, JSON.stringify(usage.body));
  assert.equal(
    (
      await api.ask('POST', '/api/v1/namespaces/default/secrets', {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'at-rest' },
        stringData: { word: 'nobody reads this in etcd' },
      })
    ).status,
    201,
  );
  const held = (
    await t.on(
      'kw-1',
      'pki=/etc/kubernetes/pki; ETCDCTL_API=3 etcdctl --endpoints=https://127.0.0.1:2379 ' +
        '--cacert=$pki/etcd/ca.crt --cert=$pki/apiserver-etcd-client.crt --key=$pki/apiserver-etcd-client.key get ' +
        '/registry/secrets/default/at-rest --print-value-only',
    )
  ).stdout;
  assert.match(held, /^k8s:enc:/);
  assert.doesNotMatch(held, /nobody reads this/);
  assert.match(
    (await t.on('kw-1', `grep '"verb":"create"' /var/log/kubernetes/audit.log | grep '"name":"at-rest"'`)).stdout,
    /"resource":"secrets"/,
  );
  assert.equal((await api.ask('DELETE', '/api/v1/namespaces/default/secrets/at-rest')).status, 200);
};

const hostKeys = async (t: Stage, lab: LabState): Promise<void> => {
  const [host] = clusterFileForLab(lab).hosts as readonly { readonly ssh: object }[];
  const withKey = (hostKey: string | undefined) => ({ hosts: [{ ...host, ssh: { ...host?.ssh, hostKey } }] });
  await writeCluster(t, lab, withKey(undefined));
  const unknown = await t.kw(['up', '--yes']);
  assert.equal(unknown.code, 14, `an unknown key is refused: ${unknown.stdout}${unknown.stderr}`);
  assert.match(unknown.stdout + unknown.stderr, /nobody knows the host key/);
  assert.match(unknown.stdout + unknown.stderr, /ssh-keygen -lf/, 'with the way out');

  await writeCluster(t, lab, withKey(anotherKey()));
  const changed = await t.kw(['up', '--yes']);
  assert.equal(changed.code, 14, `a changed key is refused: ${changed.stdout}${changed.stderr}`);
  assert.match(changed.stdout + changed.stderr, /the cluster file pins/);
  assert.equal(
    (await t.on('kw-1', 'ls /var/lib/kubewizard /etc/kubernetes 2>/dev/null | wc -l')).stdout.trim(),
    '0',
    'nothing was done there',
  );
};

/** A host key as OpenSSH writes it, of nobody. */
const anotherKey = (): string => {
  const raw = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const word = (bytes: Buffer): Buffer => Buffer.concat([Buffer.of(0, 0, 0, bytes.length), bytes]);
  return `ssh-ed25519 ${Buffer.concat([word(Buffer.from('ssh-ed25519')), word(raw)]).toString('base64')}`;
};

/**
 * Everything by which a host could be told from what it was (of the lab's own mount points only that they are there);
 * logs, caches and what a boot makes anew left out.
 */
const questions: Readonly<Record<string, string>> = {
  'unit files': "systemctl list-unit-files --no-legend --no-pager | awk '{print $1, $2, $3}' | sort",
  'running units':
    "systemctl list-units --no-legend --plain --state=active --type=service,mount,socket | awk '{print $1}' | " +
    "grep -v 'user@\\|user-\\|run-user\\|session' | sort",
  'failed units': "systemctl list-units --no-legend --plain --state=failed | awk '{print $1}' | sort",
  files:
    `find /etc /usr /opt /root /home /srv /var -xdev ! -path '/var/log/journal*' ! -path '/var/cache/*' ! -path ` +
    `'/var/tmp/*' ! -path '/var/lib/systemd/*' ! -path '/usr/lib/python3*' \\( \\( -path /var/lib/etcd -o -path ` +
    `/var/lib/containerd -o -path /var/lib/kubelet \\) -printf '%p d\\n' -o \\( -type d -printf '%p d %m %U:%G\\n' ` +
    `-o -type l -printf '%p -> %l\\n' -o -printf '%p %y %m %U:%G %s\\n' \\) \\) | grep -v ` +
    `'^/var/log/\\(wtmp\\|lastlog\\|btmp\\|faillog\\)\\|^/home/kw/\\|^/etc/g\\?\\(passwd\\|group\\|shadow\\)-' | sort`,
  // Without the copies that useradd and userdel keep of what was before (passwd-, group-).
  'contents of /etc': "find /etc -xdev -type f ! -path '/etc/*[pdw]-' -exec sha256sum {} + | sort -k2",
  'stateful folders': 'find /var/lib/etcd /var/lib/kubelet /var/lib/containerd 2>/dev/null | sort',
  'network namespaces': 'ls /run/netns 2>/dev/null',
  interfaces: "ip -o link | awk '{print $2, $3}' | sort",
  routes: 'ip route; ip -6 route | grep -v fe80',
  mounts: "awk '{print $2, $3}' /proc/mounts | grep -v '/run/user' | sort",
  'iptables rules': "for i in iptables ip6tables; do $i-save 2>/dev/null | grep '^-A\\|^:.* - '; done",
  'kernel settings':
    'sysctl net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables net.bridge.bridge-nf-call-ip6tables ' +
    'net.ipv4.conf.all.forwarding 2>/dev/null',
  processes:
    "ps -eo comm= | grep -v 'ps\\|sh\\|sort\\|grep\\|ssh\\|sudo\\|awk\\|systemd\\|(sd-pam)\\|bash\\|agetty' | sort -u",
};

type Listing = Readonly<Record<string, readonly string[]>>;

const listing = async (t: Stage): Promise<Listing> => {
  const seen: Record<string, readonly string[]> = {};
  for (const [part, script] of Object.entries(questions))
    seen[part] = (await t.on('kw-1', script)).stdout.split('\n').filter(line => line !== '');
  assert.ok((seen.files?.length ?? 0) > 5000 && (seen['unit files']?.length ?? 0) > 20, 'the listing saw something');
  return seen;
};

const difference = (before: readonly string[] = [], after: readonly string[] = []): readonly string[] => {
  const [was, is] = [new Set(before), new Set(after)];
  return [
    ...before.filter(line => !is.has(line)).map(line => `- ${line}`),
    ...after.filter(line => !was.has(line)).map(line => `+ ${line}`),
  ];
};

import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { openVault, type Vault } from '../../src/engine/vault.js';
import {
  apiserverCert,
  authoritySecret,
  certOf,
  keyOf,
  recoveryPaths,
  secretNames,
} from '../../src/engine/vault/names.js';
import { type HostFiles, recover } from '../../src/engine/vault/recover.js';
import type { ClusterSpec, PkiSpec } from '../../src/model/cluster.js';
import { WorldFailed } from '../../src/model/event.js';
import { verifyChain } from '../../src/pki/chain.js';
import { createAuthority } from '../../src/pki/issue.js';
import { keyMatches, spkiOfKey } from '../../src/pki/key.js';
import { readCertificates } from '../../src/pki/read.js';
import { hasOpenssl, ownersPki, request } from '../pki/made.js';

const now = () => new Date(Date.now() + 60_000);
const spec = (pki: Partial<PkiSpec> = {}): ClusterSpec => ({
  name: 'demo',
  kubernetes: '1.20.2',
  hosts: [],
  endpoint: { address: '10.0.0.1', port: 6443, balance: 'direct', virtualRouterId: 51 },
  network: {
    pods: '10.244.0.0/16',
    services: '10.96.0.0/16',
    hostPrefix: 24,
    domain: 'cluster.local',
    provider: 'vxlan',
    vxlan: { id: 1, port: 8472 },
  },
  runtime: { name: 'containerd' },
  artifacts: { source: 'auto' },
  pki: { algorithm: 'ecdsa-p256', caDays: 3650, leafDays: 365, sans: [], ...pki },
  components: {
    etcd: { extraArgs: {} },
    apiserver: { extraArgs: {} },
    controllerManager: { extraArgs: {} },
    scheduler: { extraArgs: {} },
    kubelet: { extraArgs: {}, config: {} },
    proxy: { extraArgs: {}, config: {} },
    containerd: { config: {} },
  },
  addons: { dns: true, metricsServer: false },
});

let root = '';
let dir = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kw-vault-'));
  dir = join(root, 'demo');
});

const never = () => {
  throw new Error('the hosts were asked');
};
const open = async (found: () => Promise<readonly HostFiles[]> = async () => [], of = spec()): Promise<Vault> => {
  const opened = await openVault(dir, of, { now, found });
  if (!opened.ok) throw new Error(JSON.stringify(opened.problems));
  return opened.value;
};
/** Secrets that the control machine does not have. */
const missing = async () => {
  const have = await readdir(dir, { recursive: true }).catch((): string[] => []);
  return secretNames.filter(name => !have.includes(name));
};
const onHost = (vault: Vault, host = 'a'): HostFiles => ({
  host,
  files: Object.fromEntries(
    recoveryPaths
      .filter(path => path !== apiserverCert)
      .map(path => [
        path,
        path.endsWith('.yaml')
          ? `kind: EncryptionConfiguration\nresources:\n  - resources: [secrets]\n    providers:\n      - ` +
            `secretbox: {keys: [{name: key1, secret: ${vault.reveal('encryption/key')}}]}\n      - identity: {}\n`
          : vault.reveal(path.replace('/etc/kubernetes/', '')),
      ]),
  ),
});
const all = (vault: Vault) => Object.fromEntries(secretNames.map(name => [name, vault.reveal(name)]));
const refusal = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => new Error('not refused'),
    (failure: unknown) => failure,
  );
  if (!(error instanceof WorldFailed)) throw error;
  return `${error.failure.class}: ${error.failure.message}`;
};

describe('a new vault', () => {
  test('holds everything, closed to others, and is the same when opened again without asking hosts', async () => {
    const vault = await open();
    for (const name of ['ca', 'etcd/ca', 'front-proxy-ca'] as const)
      expect(keyMatches(vault.authority(name).certPem, vault.authority(name).keyPem)).toBe(true);
    expect(spkiOfKey(vault.reveal('pki/sa.key'))).toBe(spkiOfKey(vault.reveal('pki/sa.pub')));
    expect(Buffer.from(vault.reveal('encryption/key'), 'base64')).toHaveLength(32);
    for (const name of secretNames) expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
    for (const folder of ['', 'pki', 'pki/etcd', 'encryption'])
      expect((await stat(join(dir, folder))).mode & 0o777).toBe(0o700);
    expect((await readdir(dir, { recursive: true })).filter(name => /tmp|lock/.test(name))).toEqual([]);
    expect(all(await open(never as never))).toEqual(all(vault));
    expect(await missing()).toEqual([]);
  });
  test('issues certificates that its CA verifies, of each CA', async () => {
    const vault = await open();
    for (const ca of ['ca', 'etcd/ca', 'front-proxy-ca'] as const) {
      const issued = await vault.issue(request({ ca }));
      const [leaf] = readCertificates(issued.certPem).certificates;
      const roots = readCertificates(vault.authorities[ca]).certificates;
      expect(leaf && verifyChain(leaf, [], roots, { now: now(), purpose: 'server' })).toEqual([]);
      expect(keyMatches(issued.certPem, issued.keyPem)).toBe(true);
    }
    await expect(vault.issue(request({ ca: 'nobody' }))).rejects.toThrow('nobody');
  });
  test('shows no secret when serialised', async () =>
    expect(JSON.stringify(await open())).not.toMatch(/PRIVATE|encryption/));
  test('two at once: one makes it, the other is refused or sees the same', async () => {
    const [left, right] = await Promise.allSettled([open(), open()]);
    const vault = await open(never as never);
    for (const one of [left, right]) {
      if (one?.status === 'fulfilled') expect(all(one.value)).toEqual(all(vault));
      else expect(await refusal(Promise.reject(one?.reason))).toContain('locked');
    }
  });
  test('the lock of a dead process does not stand in the way', async () => {
    await open();
    await rm(join(dir, 'encryption/key'));
    await writeFile(join(dir, 'vault.lock'), '999999999');
    await open();
    expect(await missing()).toEqual([]);
  });
});

describe('a lost vault', () => {
  test('is rebuilt from what control planes hold', async () => {
    const before = await open();
    const files = onHost(before);
    await rm(dir, { recursive: true });
    expect(all(await open(async () => [files, onHost(before, 'b')]))).toEqual(all(before));
  });
  test('in part', async () => {
    const before = await open();
    for (const name of ['pki/etcd/ca.key', 'pki/sa.pub', 'encryption/key']) await rm(join(dir, name));
    expect(all(await open(async () => [onHost(before)]))).toEqual(all(before));
  });
  test('no new CA where hosts already have one whose key is gone', async () => {
    const before = await open();
    const files = onHost(before);
    await rm(dir, { recursive: true });
    const { [`/etc/kubernetes/${keyOf('etcd/ca')}`]: _, ...rest } = files.files;
    expect(await refusal(open(async () => [{ host: 'a', files: rest }]))).toMatch(
      /^refused: the CA etcd\/ca is in use \(a\), but its key/,
    );
    expect(await missing()).toEqual(secretNames);
  });
  test('hosts that contradict each other', async () => {
    const one = await open();
    await rm(dir, { recursive: true });
    const two = await open();
    await rm(dir, { recursive: true });
    expect(await refusal(open(async () => [onHost(one), onHost(two, 'b')]))).toContain(
      'a and b have different /etc/kubernetes/pki/ca.crt',
    );
  });
  test('hosts that trust another CA than the vault', async () => {
    const one = await open();
    await rm(dir, { recursive: true });
    await open();
    await rm(join(dir, 'encryption/key'));
    expect(await refusal(open(async () => [onHost(one)]))).toContain('the hosts trust another CA ca');
  });
  test('a certificate whose key was taken away is not replaced', async () => {
    await open();
    await rm(join(dir, keyOf('ca')));
    expect(await refusal(open())).toContain('its key is neither in the vault');
  });
  test('a key without certificate is what a crash leaves: a new pair', async () => {
    await open();
    await rm(join(dir, certOf('ca')));
    const vault = await open();
    expect(keyMatches(vault.authority('ca').certPem, vault.authority('ca').keyPem)).toBe(true);
  });
  test('a key of another pair is refused', async () => {
    const vault = await open();
    await writeFile(join(dir, keyOf('ca')), vault.reveal(keyOf('etcd/ca')));
    expect(await refusal(open())).toContain('does not belong');
  });
  test.skipIf(process.getuid?.() === 0)('a folder that cannot be read is said, not replaced', async () => {
    await open();
    await chmod(join(dir, 'pki'), 0);
    expect(await refusal(open())).toContain('cannot be read');
  });
});

describe.skipIf(!hasOpenssl)("the owner's own CA", () => {
  const given = async () => {
    const pki = ownersPki();
    const ca = { cert: join(root, 'own.pem'), key: join(root, 'own.key') };
    await writeFile(ca.cert, pki.intermediate + pki.root);
    await writeFile(ca.key, pki.key, { mode: 0o600 });
    return { pki, ca };
  };
  test('its key is not taken from a file that others may read', async () => {
    const { ca } = await given();
    await chmod(ca.key, 0o644);
    const opened = await openVault(dir, spec({ ca }), { now, found: async () => [] });
    expect(opened).toMatchObject({ ok: false, problems: [{ code: 'open-key', help: `chmod 600 ${ca.key}` }] });
  });
  test('signs, and its intermediate stands behind every leaf', async () => {
    const { pki, ca } = await given();
    const vault = await open(undefined, spec({ ca }));
    expect(readCertificates(vault.authorities.ca).certificates.map(one => one.commonName)).toEqual(['Middle']);
    const chain = readCertificates((await vault.issue(request())).certPem).certificates;
    expect(chain.map(one => one.commonName)).toEqual(['kube-apiserver', 'Middle']);
    const [leaf, ...rest] = chain;
    expect(
      leaf && verifyChain(leaf, rest, readCertificates(pki.root).certificates, { now: now(), purpose: 'server' }),
    ).toEqual([]);
    expect(readCertificates((await vault.issue(request({ ca: 'etcd/ca' }))).certPem).certificates).toHaveLength(1);
  });
  test('its key is needed once; a path that leads nowhere is said, also when nothing needs signing', async () => {
    const { ca } = await given();
    const before = all(await open(undefined, spec({ ca })));
    await rm(ca.key);
    expect(all(await open(never as never, spec({ ca })))).toEqual(before);
    await rm(ca.cert);
    const opened = await openVault(dir, spec({ ca }), { now, found: never as never });
    expect(opened.ok ? [] : opened.problems.map(({ code, says }) => [code, says])).toEqual([
      ['no-file', `the CA certificate ${ca.cert} cannot be read`],
    ]);
    expect(all(await open(never as never, spec()))).toEqual(before);
    expect(await readFile(join(dir, 'pki/ca-chain.crt'), 'utf8')).toContain('BEGIN CERTIFICATE');
  });
  test("a chain that the vault has lost comes back from the owner's file, and with a lost vault from the hosts", async () => {
    const { pki, ca } = await given();
    const vault = await open(undefined, spec({ ca }));
    expect(vault.chainPem).toBe(pki.intermediate);
    await rm(join(dir, 'pki/ca-chain.crt'));
    await rm(ca.key);
    expect((await open(never as never, spec({ ca }))).chainPem).toBe(pki.intermediate);
    const serving = (await vault.issue(request())).certPem;
    const host: HostFiles = {
      host: 'a',
      files: {
        ...Object.fromEntries(
          Object.entries(all(vault))
            .filter(([name]) => name.startsWith('pki/'))
            .map(([name, text]) => [`/etc/kubernetes/${name}`, String(text)]),
        ),
        '/etc/kubernetes/pki/apiserver.crt': serving,
      },
    };
    expect(recover([host])['pki/ca-chain.crt']).toBe(pki.intermediate);
  });
  test("another one later, a missing and a wrong file are the owner's mistakes", async () => {
    const codes = async (of: ClusterSpec) => {
      const opened = await openVault(dir, of, { now, found: async () => [] });
      return opened.ok ? [] : opened.problems.map(problem => problem.code);
    };
    const { ca } = await given();
    expect(await codes(spec({ ca: { ...ca, cert: join(root, 'nothing') } }))).toEqual(['no-file']);
    expect(await codes(spec({ ca: { cert: ca.key, key: ca.cert } }))).toEqual(['key-instead-of-certificate']);
    await open();
    expect(await codes(spec({ ca }))).toEqual(['other-ca']);
  });
});

test('what hosts have never replaces a key of the vault: refused, with both fingerprints', async () => {
  const first = await open();
  const ours = await readFile(join(dir, 'pki/sa.key'), 'utf8');
  const theirs = await openVault(join(root, 'other'), spec(), { now, found: async () => [] });
  if (!theirs.ok) throw new Error('no other vault');
  await rm(join(dir, 'encryption/key'));
  const host = onHost(first);
  const mixed = { ...host, files: { ...host.files, '/etc/kubernetes/pki/sa.key': theirs.value.reveal('pki/sa.key') } };
  expect(await refusal(open(async () => [mixed]))).toMatch(/another pki\/sa.key \([0-9a-f]{64}\).*\([0-9a-f]{64}\)/);
  expect(await readFile(join(dir, 'pki/sa.key'), 'utf8')).toBe(ours);
});

describe('a CA that was exchanged', () => {
  const succeeding = async () => {
    const vault = await open();
    const former = vault.authority('etcd/ca');
    const pair = await createAuthority({ commonName: 'etcd-ca', days: 9, algorithm: 'ecdsa-p256', now: now() });
    const [certificate] = readCertificates(pair.certPem).certificates;
    if (!certificate) throw new Error('no certificate');
    const names = (what: 'crt' | 'key') => authoritySecret('etcd/ca', certificate, what);
    vault.learn({ [names('crt')]: pair.certPem, [names('key')]: pair.keyPem });
    await vault.keep();
    return { vault, former, pair, certificate, key: names('key') };
  };

  test('signs while both are trusted, then is the vault’s own; the one before stays under a name of its own', async () => {
    const { vault, former, pair, certificate, key } = await succeeding();
    vault.exchange('etcd/ca', { trust: former.certPem + pair.certPem, signer: pair.certPem, key });
    expect(vault.authorities['etcd/ca']).toBe(former.certPem + pair.certPem);
    const { certPem, caPem } = await vault.issue(request({ ca: 'etcd/ca' }));
    expect(caPem).toBe(former.certPem + pair.certPem);
    const [leaf] = readCertificates(certPem).certificates;
    const verified = leaf && verifyChain(leaf, [], [certificate], { now: now(), purpose: 'any' });
    expect(verified).toEqual([]);
    await vault.succeed('etcd/ca', certificate);
    expect(vault.authority('etcd/ca')).toEqual(pair);
    const again = await open(never);
    expect(again.authority('etcd/ca')).toEqual(pair);
    const [before] = readCertificates(former.certPem).certificates;
    expect(before && again.reveal(authoritySecret('etcd/ca', before, 'key'))).toBe(former.keyPem);
  });

  test('killed between: the vault takes from the hosts what it lacks, and never another one’s key', async () => {
    const { vault, pair, certificate } = await succeeding();
    const onHosts = { host: 'a', files: { ...onHost(vault).files } as Record<string, string> };
    onHosts.files['/etc/kubernetes/pki/etcd/ca.crt'] = pair.certPem;
    onHosts.files['/etc/kubernetes/pki/etcd/ca.key'] = pair.keyPem;
    await vault.succeed('etcd/ca', certificate);
    // As after the key was written, and before its certificate was.
    await rm(join(dir, certOf('etcd/ca')));
    expect((await open(async () => [onHosts])).authority('etcd/ca')).toEqual(pair);
  });
});

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { looksFor } from '../../src/clinic/read/looked-for.js';
import { files, places } from '../../src/facts/chart/files.js';
import { processes } from '../../src/facts/chart/processes.js';

/** The collector's own choice of names, asked of the real sh. */
const chosen = (path: string): boolean => {
  const pattern = /case \$f in (.*?)\) \[ -f/.exec(files.question.script)?.[1] ?? '';
  return (
    execFileSync('sh', { input: `f=${path}; case $f in ${pattern}) echo yes;; esac`, encoding: 'utf8' }).trim() ===
    'yes'
  );
};

test.each([
  ['/etc/kubernetes/keepalived/keepalived.conf', true],
  ['/etc/kubernetes/haproxy/haproxy.cfg', true],
  ['/etc/kubernetes/manifests/etcd.yaml', true],
  ['/etc/sysctl.d/99-kubewizard.conf', true],
  ['/etc/kubernetes/stub-resolv.conf', true],
  ['/etc/kubernetes/admin.conf', false],
  ['/etc/kubernetes/kubelet.conf', false],
  ['/etc/kubernetes/super-admin.conf', false],
  ['/etc/kubernetes/pki/ca.key', false],
  ['/var/lib/kube-proxy/kubeconfig.conf', false],
])('%s is read as a configuration file: %s', (path, read) => expect(chosen(path)).toBe(read));

test.each([
  '/etc/kubernetes/keepalived/keepalived.conf',
  '/etc/kubernetes/admin.conf',
  '/etc/kubernetes/kubelet.conf',
  '/etc/kubernetes/kubelet-config.yaml',
  '/etc/kubernetes/ssl/secrets_encryption.yaml',
  '/etc/kubernetes/pki/ca.key',
  '/var/lib/rancher/rke2/server/db/etcd/config',
  '/var/lib/k0s/pki/scheduler.conf',
  '/run/k0s/kubelet/config.yaml',
  '/etc/etcd.env',
  '/proc/1/environ',
  '/home/user/notes.txt',
])('what sh takes of names is known to readers of the answer too: %s', path =>
  expect(looksFor(places.wanted)(path)).toBe(chosen(path)),
);

test('of an encryption configuration in one line of JSON only digests leave the host', () => {
  const secrets = ['c2VjcmV0IGlzIHNlY3VyZQ==', 'dGhpcyBpcyBwYXNzd29yZA=='];
  const keys = secrets.map((secret, at) => `{"name":"key${at}", "secret" : "${secret}"}`);
  const text =
    '{"kind":"EncryptionConfiguration","apiVersion":"apiserver.config.k8s.io/v1","resources":[{' +
    '"resources":["secrets"],' +
    `"providers":[{"aescbc":{"keys":[${keys.join(',')}]}},{"identity":{}}]}]}\n`;
  const { output, seen, folder } = asked({ 'encryption-config.json': text });
  for (const secret of secrets) expect(output).not.toContain(secret);
  const read = JSON.parse(seen.find(one => one.path === join(folder, 'encryption-config.json'))?.text ?? '') as {
    readonly resources: readonly [{ readonly providers: readonly [{ readonly aescbc: { readonly keys: unknown } }] }];
  };
  expect(read.resources[0].providers[0].aescbc.keys).toEqual(
    secrets.map((secret, at) => ({
      name: `key${at}`,
      secret: `sha256:${createHash('sha256').update(secret).digest('hex')}`,
    })),
  );
});

/** @param first a folder that is first in PATH */
const asked = (
  texts: Readonly<Record<string, string>>,
  first?: string,
): { readonly output: string; readonly seen: ReturnType<typeof files.parse>; readonly folder: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'kw-files-'));
  try {
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
    const output = execFileSync('sh', {
      input: files.question.script,
      encoding: 'utf8',
      env: {
        PATH: first === undefined ? process.env.PATH : `${first}:${process.env.PATH}`,
        LC_ALL: 'C',
        kw_named: Object.keys(texts)
          .map(name => join(folder, name))
          .join('\n'),
        kw_found: '',
      },
    });
    return { output, seen: files.parse(output, { sentAt: 0, answeredAt: 0 }), folder };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const pod = `apiVersion: v1
kind: Pod
spec:
  containers:
    - command:
        - kube-apiserver
        - --bearer-token
        - t0ken0ftw0lines
        - --etcd-servers=https://127.0.0.1:2379
      env:
        - name: DB_PASSWORD
          value: m4nifest
        - name: NO_PROXY
          value: 10.0.0.0/8
      volumeMounts:
        - name: token-volume
        - name: other
`;

test(
  'the text of what says itself what it is comes along, without its secrets and in its form; anything else stays ' +
    'on the host',
  () => {
    const { output, seen, folder } = asked({
      'pod.yaml': pod,
      'policy.yml': 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: []\n',
      'cni.json': '{"kind": "NetConfig",\n "password": "j5onpass", "mtu": 1450,\n "aadClientSecret": "azur3"}\n',
      'cloud.json': '{"tenant": "hidden-tenant"}\n',
      'config.yaml': 'apiVersion: v1\nkind: Config\nusers: [{user: {tok: opaque-thing}}]\n',
      'tokens.csv': 'whatever: hidden\n',
    });
    const text = (name: string): string | undefined => seen.find(one => one.path === `${folder}/${name}`)?.text;
    for (const secret of ['t0ken0ftw0lines', 'm4nifest', 'j5onpass', 'azur3', 'hidden', 'opaque-thing'])
      expect(output.includes(secret), secret).toBe(false);
    expect(text('pod.yaml')).toBe(pod.replace('t0ken0ftw0lines', 'REDACTED').replace('m4nifest', 'REDACTED'));
    expect(text('policy.yml')).toContain('kind: Policy');
    expect(text('cloud.json')).toBeUndefined();
    expect(seen.find(one => one.path.endsWith('cloud.json'))).toMatchObject({ mode: '644' });
  },
);

test('a flag’s secret in the next word of argv stays on the host', () => {
  const { script } = processes.question;
  const sed = /(sed -e [^\n]*)/.exec(script)?.[1] ?? '';
  const words = execFileSync('sh', ['-c', sed], {
    input: 'kubelet\n--token\nt0ken\n--client-secret=x\n--token-auth-file\n/etc/t.csv\n--v\n2\n',
    encoding: 'utf8',
  });
  expect(words).toBe(
    '=arg kubelet\n=arg --token\n=arg REDACTED\n=arg --client-secret=REDACTED\n=arg --token-auth-file\n=arg ' +
      '/etc/t.csv\n=arg --v\n=arg 2\n',
  );
});

test('a file that is too long, or that the answer breaks off in, is marked as cut and has no text', () => {
  const { output, seen, folder } = asked({
    'a.yaml': 'kind: Policy\npassword: x\n',
    'b.yaml': `kind: Policy\n${'x\n'.repeat(5000)}`,
    'c.yaml': '',
    'd.yaml': `kind: Policy\n${'y'.repeat(20_000)}\nz: 1`,
    'e.yaml': 'kind: Policy\nlast: 1',
  });
  const told = (all: typeof seen) =>
    all.filter(({ path }) => path.startsWith(folder)).map(({ path, text, cut }) => [path.split('/').at(-1), text, cut]);
  expect(told(seen)).toEqual([
    ['a.yaml', 'kind: Policy\npassword: REDACTED\n', undefined],
    ['b.yaml', undefined, true],
    ['c.yaml', '\n', undefined],
    ['d.yaml', undefined, true],
    ['e.yaml', 'kind: Policy\nlast: 1\n', undefined],
  ]);
  expect(told(files.parse(output.slice(0, output.indexOf('=last') + 4), { sentAt: 0, answeredAt: 0 })).at(-1)).toEqual([
    'e.yaml',
    undefined,
    true,
  ]);
});

test('an encryption key is in no argument of a process while its digest is made', () => {
  const secret = 'UExBTlRFRC1lbmNyeXB0aW9uLWtleS0wODE1LXh4eHg=';
  const folder = mkdtempSync(join(tmpdir(), 'kw-argv-'));
  try {
    // Looks at every process of the machine, then does what it is called for.
    writeFileSync(
      join(folder, 'sha256sum'),
      `#!/bin/sh\nfor f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <"$f"; echo; done 2>/dev/null >>${folder}/argv\n` +
        'exec /usr/bin/sha256sum "$@"\n',
      { mode: 0o755 },
    );
    const { seen } = asked(
      { 'encryption.yaml': `kind: EncryptionConfiguration\nresources:\n  - secret: ${secret}\n` },
      folder,
    );
    const argv = readFileSync(join(folder, 'argv'), 'utf8');
    expect(argv).toContain('sha256sum');
    expect(argv).not.toContain(secret);
    const digest = createHash('sha256').update(secret).digest('hex');
    expect(seen[0]?.text).toContain(`  - secret: sha256:${digest}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

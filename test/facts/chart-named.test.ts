/** What the collectors find named, asked of the real sh over a host of files. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prelude } from '../../src/facts/chart/prelude.js';

const lists = ['kw_named', 'kw_configs', 'kw_settings'] as const;

const podId = '3c1b2a4d_1111_2222_3333_444455556666';

let folder = '';
let found: Readonly<Record<string, readonly string[]>> = {};

/** By number: the kernel's name of a process, and its argv. */
const processes = (at: (path: string) => string): Readonly<Record<string, readonly [string, readonly string[]]>> => ({
  1: ['kubelet', ['kubelet', '--config', at('/var/lib/k/config.yaml'), `--kubeconfig=${at('/var/lib/k/node')}`]],
  2: ['containerd', ['containerd', '-c', at('/etc/c/config.toml')]],
  3: ['etcd', ['etcd', `--config-file=${at('/etc/e/etcd/config')}`]],
  4: ['kube-apiserver', ['kube-apiserver', `--encryption-provider-config=${at('/etc/a/encryption.yaml')}`]],
  5: ['haproxy', ['haproxy', '-f', at('/usr/local/etc/haproxy/haproxy.cfg'), `--folder=${at('/srv/proxy')}`]],
  6: ['bash', ['bash', '--config=/somebody/elses']],
  7: ['kubelet', ['kubelet', '--config=/pod/of/the/api', '--kubeconfig=/pod/of/the/api']],
});

const files = (at: (path: string) => string): Readonly<Record<string, string>> => ({
  '/var/lib/k/config.yaml': `authentication:\n  x509:\n    clientCAFile: ${at('/srv/pki/clients.crt')}\n`,
  '/etc/e/etcd/config': `peer-transport-security:\n  cert-file: ${at('/srv/pki/peer.pem')}\n`,
  '/etc/a/encryption.yaml': `kubeconfig: "${at('/srv/more/kubeconfig')}"\n`,
  '/srv/proxy/haproxy.cfg': 'defaults\n',
});

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kw-named-'));
  const at = (path: string): string => join(folder, path);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  };
  for (const [path, text] of Object.entries(files(at))) write(path, text);
  for (const [number, [comm, argv]] of Object.entries(processes(at))) {
    if (number === '7') write('/proc/7/cgroup', `0::/kubepods.slice/kubepods-pod${podId}.slice/cri-a.scope\n`);
    write(`/proc/${number}/comm`, `${comm}\n`);
    write(`/proc/${number}/cmdline`, `${argv.join('\0')}\0`);
  }
  const script = prelude.replaceAll('/proc/', `${folder}/proc/`);
  const shown = lists.map(name => `echo "#${name}"; printf '%s\\n' "$${name}"`).join('\n');
  const output = execFileSync('sh', { input: `${script}\n${shown}\n`, encoding: 'utf8' });
  found = Object.fromEntries(
    output
      .split(/^#/m)
      .slice(1)
      .map(part => {
        const [name = '', ...paths] = part.trim().split('\n');
        return [name, paths.map(path => path.replace(folder, ''))];
      }),
  );
});

afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['a value that is a word of its own', '/var/lib/k/config.yaml'],
  ['one behind a short flag', '/etc/c/config.toml'],
  ['what a configuration names in its turn', '/srv/pki/clients.crt'],
  ['what a file of etcd names', '/srv/pki/peer.pem'],
  ['the file of a balancer in a folder that somebody names', '/srv/proxy/haproxy.cfg'],
])('%s is named', (_, path) => {
  expect(found.kw_named).toContain(path);
});

test('kubeconfigs are known by their flags and keys, whatever they are called', () => {
  expect(found.kw_configs).toEqual(['/srv/more/kubeconfig', '/var/lib/k/node']);
});

test('what --config names is known, and no other flag that ends so', () => {
  expect(found.kw_settings).toEqual(['/var/lib/k/config.yaml']);
});

test('whatever a pod of the API calls itself, it names nothing', () => {
  for (const list of lists) expect(found[list]).not.toContain('/pod/of/the/api');
});

test('programs of others name nothing', () => {
  expect(found.kw_named).not.toContain('/somebody/elses');
});

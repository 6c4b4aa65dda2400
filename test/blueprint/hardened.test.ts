/**
 * What hosts once were given and must not be again, over versions and shapes: heartbeats that make nodes flap, programs
 * that face the network as root, secrets that any user of the host reads, and health that needs an administrator.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cluster } from '../../src/blueprint/cluster.js';
import { componentsOf } from '../../src/blueprint/components/health.js';
import { readyz } from '../../src/blueprint/components/apiserver.js';
import { releases } from '../../src/catalog/index.js';
import { mask } from '../../src/model/content.js';
import type { Resource } from '../../src/model/resource.js';
import type { Wants } from '../../src/resources/wants.js';
import { readCluster } from '../../src/spec/index.js';
import { kubeletsOwn } from '../../src/workflow/build/taken-over.js';
import { inputFor, released } from '../golden/input.js';

const five = readFileSync(new URL('../golden/five-hosts.yaml', import.meta.url), 'utf8');
const specOf = (version: string, more = '') => {
  const checked = readCluster(`${five.replace('VERSION', version)}${more}`, 'five.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};
const built = (version: string, more = ''): readonly Resource[] =>
  cluster(inputFor(specOf(version, more), released(version, '2.1.9')));

type FileOf = Wants['file'];
const files = (all: readonly Resource[]): readonly (readonly [string, FileOf, string])[] =>
  all.flatMap(({ kind, key, want }) =>
    kind === 'file' ? [[key, want as FileOf, mask((want as FileOf).content)] as const] : [],
  );
const at = (all: readonly Resource[], path: string): readonly string[] =>
  files(all)
    .filter(([key]) => key === path)
    .map(([, , text]) => text);

const versions = releases.map(({ latestPatchKnown }) => latestPatchKnown);
const newest = versions.at(-1) ?? '';
const seconds = (text: unknown): number => Number(/^(\d+)s$/.exec(String(text))?.[1] ?? Number.NaN);

describe.each(versions)('%s', version => {
  const all = built(version);

  test('kubelets tell their state as often as upstream has it, each ten seconds', () => {
    const configs = at(all, '/var/lib/kubelet/config.yaml').map(text => parse(text) as Record<string, unknown>);
    expect(configs).toHaveLength(5);
    for (const { nodeStatusUpdateFrequency, nodeStatusReportFrequency, nodeLeaseDurationSeconds } of configs) {
      expect(nodeStatusUpdateFrequency === undefined || seconds(nodeStatusUpdateFrequency) >= 10).toBe(true);
      expect(nodeStatusReportFrequency).toBeUndefined();
      expect(nodeLeaseDurationSeconds === undefined || Number(nodeLeaseDurationSeconds) >= 40).toBe(true);
    }
  });
});

test('the load balancer leaves root and the file system behind, on every shape', () => {
  for (const more of ['', '\nendpoint: { balance: local }\n']) {
    const text = more === '' ? five : five.replace(/endpoint:\n.*\n/, more);
    const checked = readCluster(text.replace('VERSION', newest), 'five.yaml');
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
    const configs = at(
      cluster(inputFor(checked.value, released(newest, '2.1.9'))),
      '/etc/kubernetes/haproxy/haproxy.cfg',
    );
    expect(configs.length).toBeGreaterThan(1);
    for (const config of configs) {
      const global = /^global\n((?: {2}.*\n)+)/m.exec(config)?.[1] ?? '';
      expect(global).toMatch(/^ {2}chroot \/var\/lib\/haproxy$/m);
      expect(global).toMatch(/^ {2}user haproxy$/m);
      expect(global).toMatch(/^ {2}group haproxy$/m);
    }
  }
});

test('a load balancer takes 401 for a life where nobody without a name is let in, and no refusal elsewhere', () => {
  const statusOf = (more: string): readonly string[] =>
    at(built(newest, more), '/etc/kubernetes/haproxy/haproxy.cfg').map(
      text => /http-check expect status (\S+)/.exec(text)?.[1] ?? '',
    );
  const refusing = '\ncomponents:\n  apiserver: { extraArgs: { anonymous-auth: "false" } }\n';
  expect(new Set(statusOf(refusing))).toEqual(new Set(['200,401']));
  expect(new Set(statusOf(''))).toEqual(new Set(['200']));
});

test('what holds a secret, or may hold one of the owner, is read by root alone', () => {
  const credentials = `
components:
  containerd:
    config: { plugins: { x: { registry: { configs: { r: { auth: { password: "s3cret" } } } } } } }
`;
  const all = built(newest, credentials);
  const config = files(all).filter(([path]) => path.endsWith('containerd/config.toml'));
  expect(config.length).toBe(5);
  for (const [path, { mode }, text] of config) {
    expect(text).toContain('s3cret');
    expect([path, (mode & 0o077).toString(8)]).toEqual([path, '0']);
  }
  for (const [path, { mode, content }] of files(all))
    if (content.some(part => typeof part !== 'string') && !path.endsWith('.pub'))
      expect([path, (mode & 0o077).toString(8)]).toEqual([path, '0']);
});

test('a worker that is taken over loses what its kubelet wrote, and nothing that its plan reads', () => {
  const read = built(newest).flatMap(({ key, want }) => [key, (want as { readonly keyPath?: string }).keyPath ?? '']);
  expect(read).toContain('/var/lib/kubelet/pki/kubelet.crt');
  expect(read.filter(path => path.startsWith(kubeletsOwn))).toEqual([]);
});

test('health is asked with no administrator: neither admin.conf nor the way past all roles', () => {
  const spec = specOf(newest);
  const probes = spec.hosts.flatMap(host => componentsOf(spec, host).map(({ probe }) => String(probe ?? '')));
  const scripts = files(built(newest)).flatMap(([path, , text]) =>
    // The renewal signs the certificate in admin.conf again, and asks nothing of anybody.
    (path.includes('/kubewizard/') || path.endsWith('.service')) && !/\brenew/.test(path) ? [text] : [],
  );
  expect(scripts.join('\n')).toContain('/livez');
  for (const text of [...probes, ...scripts, String(readyz('192.0.2.11'))]) expect(text).not.toMatch(/admin\.conf/);
});

/** A host's folder of registries is one that its containerd reads, unless the owner describes registries otherwise. */
import { readFileSync } from 'node:fs';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { cluster } from '../../src/blueprint/cluster.js';
import { mask } from '../../src/model/content.js';
import { readCluster } from '../../src/spec/index.js';
import type { Wants } from '../../src/resources/wants.js';
import { inputFor, released } from '../golden/input.js';

const one = readFileSync(new URL('../golden/one-host.yaml', import.meta.url), 'utf8');

/** Of the first host: the tables of `plugins`. */
const pluginsOf = (containerd: string, more = ''): Record<string, { registry?: unknown }> => {
  const checked = readCluster(`${one.replace('VERSION', '1.30.2')}${more}`, 'one.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const config = cluster(inputFor(checked.value, released('1.30.2', containerd))).find(
    ({ kind, key }) => kind === 'file' && key === '/etc/containerd/config.toml',
  );
  if (!config) throw new Error('no config.toml is wanted');
  const { plugins } = parse(mask((config.want as Wants['file']).content));
  return plugins as Record<string, { registry?: unknown }>;
};

const folder = { config_path: '/etc/containerd/certs.d' };

describe.each([
  ['1.7.27', 'io.containerd.grpc.v1.cri'],
  ['2.1.9', 'io.containerd.cri.v1.images'],
])('containerd %s', (version, plugin) => {
  const own = (registry: string): string =>
    `\ncomponents:\n  containerd: { config: { plugins: { ${plugin}: { registry: ${registry} } } } }\n`;

  // What explain tells of a registry's certificate, and what every page of containerd says, is of no use otherwise.
  test('reads /etc/containerd/certs.d, one folder and no list: its pulls look for the list as one name', () => {
    expect(pluginsOf(version)[plugin]?.registry).toEqual(folder);
  });

  test('is not given it beside what an owner says of registries: the CRI plugin would refuse both at once', () => {
    const mirrors = '{ mirrors: { docker.io: { endpoint: ["https://mirror.test"] } } }';
    expect(pluginsOf(version, own(mirrors))[plugin]?.registry).toEqual({
      mirrors: { 'docker.io': { endpoint: ['https://mirror.test'] } },
    });
    expect(pluginsOf(version, own('{ config_path: /srv/registries }'))[plugin]?.registry).toEqual({
      config_path: '/srv/registries',
    });
  });
});

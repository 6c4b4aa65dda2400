import { expect, test } from 'vitest';
import { containerd } from '../../src/facts/chart/runtime.js';

const read = (output: string): unknown => containerd.parse(output, { sentAt: 0, answeredAt: 0 });

test('containerd’s warnings before its configuration are no part of it', () => {
  // As 1.6.20 says of a file without a version.
  const warning =
    'time="2026-11-27T07:24:04Z" level=warning msg="containerd config version `1` has been deprecated and will ' +
    'be removed in containerd v2.0, please switch to version `2`"\n';
  expect(
    read(`${warning}version = 2\n[plugins."io.containerd.grpc.v1.cri"]\nsandbox_image = "registry.k8s.io/pause:3.6"\n`),
  ).toEqual({ version: 2, plugins: { 'io.containerd.grpc.v1.cri': { sandbox_image: 'registry.k8s.io/pause:3.6' } } });
});

test('why it has none is told in its own words', () => {
  expect(() =>
    read('containerd: failed to load TOML: /etc/containerd/config.toml: (3, 1): unexpected token\n'),
  ).toThrow(/failed to load TOML/);
});

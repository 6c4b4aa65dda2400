import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { mergeInto } from '../../src/cli/commands/kubeconfig.js';
import { mergeKubeconfig } from '../../src/cli/merge-kubeconfig.js';

const kubeconfig = (name: string, ca: string | undefined): string =>
  `apiVersion: v1\nkind: Config\nclusters:\n- name: ${name}\n  cluster:\n    server: https://10.0.0.1:6443\n` +
  `${ca === undefined ? '' : `    certificate-authority-data: ${ca}\n`}` +
  `contexts:\n- name: c\n  context: { cluster: ${name}, user: u }\nusers:\n- name: u\n  user: {}\ncurrent-context: c\n`;

test('another cluster of the same name is never written over', () => {
  const merging = () =>
    mergeKubeconfig(kubeconfig('kubernetes', 'b3RoZXI='), kubeconfig('kubernetes', 'b3Vycw=='), 'f');
  expect(merging).toThrow('f has a cluster named kubernetes already, with another CA');
});

test.each([
  ['the same one again', kubeconfig('prod', 'b3Vycw==')],
  ['one that does not tell its CA', kubeconfig('prod', undefined)],
  ['another name', kubeconfig('test', 'b3RoZXI=')],
  ['an empty file', ''],
  ['entries that are none', 'clusters: [~, 3]\nusers: {}\n'],
])('%s is merged', (_, theirs) => {
  expect(mergeKubeconfig(theirs, kubeconfig('prod', 'b3Vycw=='), 'f')).toContain('b3Vycw==');
});

afterEach(() => vi.unstubAllEnvs());

test('one that cannot be read is not taken for an empty one', async () => {
  const root = await mkdtemp(join(tmpdir(), 'kw-merge-'));
  // A folder cannot be read by root either.
  await mkdir(join(root, 'config'));
  vi.stubEnv('KUBECONFIG', join(root, 'config'));
  const merging = mergeInto({ spec: { name: 'prod' } as never }, kubeconfig('prod', 'b3Vycw=='));
  await expect(merging).rejects.toMatchObject({ problems: [{ code: 'unread-kubeconfig' }] });
  expect(await readdir(root)).toEqual(['config']);
  await rm(root, { recursive: true });
});

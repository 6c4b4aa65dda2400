/** The wish is written only by consent, and a blocker stops it before anything is written. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readCluster } from '../../src/spec/index.js';
import type { ClusterFile } from '../../src/workflow/cluster-file.js';
import { checkUpgrade, upgrade } from '../../src/workflow/upgrade.js';
import { recordedPorts } from './recorded-ports.js';

const text = `apiVersion: kubewizard/v1
kind: Cluster
name: prod
kubernetes: 1.29.3 # ours
hosts:
  - { name: kw-1, address: 192.0.2.11, roles: [etcd, controlPlane] }
  - { name: kw-2, address: 192.0.2.12, roles: [worker] }
`;
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const file = (): ClusterFile => {
  const dir = mkdtempSync(join(tmpdir(), 'kw-upgrade-'));
  folders.push(dir);
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return { spec: checked.value, text, dir, warnings: [] };
};

const told = async (version: string, answer: boolean) => {
  const written: string[] = [];
  const recorded = recordedPorts({ answer: () => answer });
  const save = async (changed: string): Promise<void> => {
    written.push(changed);
  };
  const ended = await upgrade(file(), recorded.ports, { path: 'cluster.yaml', version, save }).catch(
    (error: Error) => error,
  );
  return { ended, written, ...recorded };
};

test('two minors at once: blocked, and nothing is asked or written', async () => {
  const { ended, written, asked } = await told('1.31.14', true);
  expect(ended).toMatchObject({ ended: 'blocked', report: { hops: ['1.30.14', '1.31.14'], verdict: 'bites' } });
  expect([written, asked]).toEqual([[], []]);
});

test('no is no; the question says how much was not seen', async () => {
  const { ended, written, asked, events } = await told('1.30.14', false);
  expect(ended).toEqual({ ended: 'refused' });
  expect(written).toEqual([]);
  expect(asked[0]?.says).toMatch(/could not be seen \(kw upgrade --check shows them\)\. Write this into cluster\.yaml/);
  expect(events.find(one => one.type === 'file-change')).toMatchObject({
    lines: expect.arrayContaining([
      { sign: '-', text: 'kubernetes: 1.29.3 # ours' },
      { sign: '+', text: 'kubernetes: 1.30.14 # ours' },
    ]),
  });
});

test('yes writes one line of it, and goes on as kw up does', async () => {
  const { ended, written } = await told('v1.30.14', true);
  expect(written).toEqual([text.replace('1.29.3', '1.30.14')]);
  // Nobody answers here: the run ends in the words of kw up.
  expect(ended).toBeInstanceOf(Error);
});

test('a check of a cluster that nobody sees is unknown, and says of whom', async () => {
  const { ports, types } = recordedPorts();
  const report = await checkUpgrade({ file: async () => file() }, undefined, ports);
  expect(report).toMatchObject({ from: '1.29.3', to: '1.30.14', verdict: 'unknown' });
  expect(report.missing.length).toBeGreaterThan(10);
  expect(types()).toContain('upgrade-examined');
});

test.each(['1.30', 'latest', '1.30.x'])('%s is not an exact version', async version => {
  await expect(checkUpgrade({ file: async () => file() }, version, recordedPorts().ports)).rejects.toThrow(
    /exact version/,
  );
});

test('of hosts that nobody reaches there is no verdict; a bundle cannot be asked', async () => {
  const { ports } = recordedPorts();
  await expect(checkUpgrade({ hosts: '192.0.2.1,192.0.2.2' }, '1.30.14', ports)).rejects.toThrow(
    /nobody says which version/,
  );
  await expect(checkUpgrade({ bundle: 'x.kwbundle' }, undefined, ports)).rejects.toThrow(/nobody to ask/);
});

/** What the doctor sees, heal sees: else the one calls a cluster ill, and the other healthy a moment later. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Chart } from '../../src/clinic/chart/chart.js';
import { readCluster } from '../../src/spec/index.js';
import { openTarget } from '../../src/workflow/clinic/target.js';
import { evidence } from '../../src/workflow/doctor.js';
import { begin } from '../../src/workflow/story.js';
import { recordedPorts } from './recorded-ports.js';

const file = async () => {
  const text =
    'apiVersion: kubewizard/v1\nkind: Cluster\nname: demo\nkubernetes: 1.37.2\nhosts: [10.88.1.11, 10.88.1.12]\n';
  const read = readCluster(text, 'cluster.yaml');
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return { spec: read.value, text, path: 'cluster.yaml', dir: mkdtempSync(join(tmpdir(), 'kw-heal-')), warnings: [] };
};

const sections = (chart: Chart): readonly string[] => Object.keys(chart).sort();

test('also where packets get lost', async () => {
  const target = await openTarget(begin(recordedPorts().ports), { file });
  const healed = await target.chart();
  target.close();
  const examined = await evidence({ file }, recordedPorts().ports);
  expect(sections(healed)).toEqual(sections(examined));
  expect([healed.traffic?.off, examined.traffic?.off]).toEqual([undefined, undefined]);
  expect(healed.traffic).toBeDefined();
});

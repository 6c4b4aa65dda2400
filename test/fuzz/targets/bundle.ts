import { gzipSync } from 'node:zlib';
import { readBundle, writeBundle } from '../../../src/clinic/bundle/bundle.js';
import { cases } from '../../../src/clinic/cases/index.js';
import type { Chart } from '../../../src/clinic/chart/chart.js';
import { examine } from '../../../src/clinic/examine/examine.js';
import { reportHtml } from '../../../src/cli/view/clinic/html.js';
import { reportText } from '../../../src/cli/view/clinic/text.js';
import { baseChart } from '../../clinic/fixture.js';
import { chartFromJson, chartToJson } from '../../../src/clinic/bundle/bundle-json.js';
import type { Target } from '../target.js';

/** Small enough to be mutated often: two hosts of five, and no logs. */
const small = (name: 'five' | 'kubeadm'): Chart => {
  const chart = baseChart(name);
  return { ...chart, hosts: new Map([...chart.hosts].slice(0, 2)) };
};

export const examined = (chart: Chart): void => {
  const report = examine(chart, cases);
  reportText(report, { colors: false, verbose: true });
  reportHtml(report);
};

const opened = (bytes: Buffer): Chart | undefined => {
  try {
    return readBundle(bytes);
  } catch (error) {
    // What a bundle is refused by, with its reason.
    if (error instanceof RangeError && !/call stack/.test(error.message)) return undefined;
    throw error;
  }
};

const read = (bytes: Buffer): void => {
  const chart = opened(bytes);
  if (chart) examined(chart);
};

export const bundle: Target = {
  name: 'bundle',
  form: 'json',
  examples: () => [chartToJson(small('five')), chartToJson(small('kubeadm'))],
  run: text => read(gzipSync(text, { level: 1 })),
};

export const bundleBytes: Target = {
  name: 'bundle-bytes',
  form: 'text',
  examples: () => [writeBundle(small('five')).toString('latin1'), gzipSync('{}').toString('latin1')],
  run: text => read(Buffer.from(text, 'latin1')),
};

/** A chart that goes out again is the same as it came. */
export const bundleAgain: Target = {
  name: 'bundle-again',
  form: 'json',
  examples: bundle.examples,
  run: text => {
    const chart = opened(gzipSync(text, { level: 1 }));
    if (chart) chartFromJson(chartToJson(chart));
    if (chart) opened(writeBundle(chart));
  },
};

/** Every builder's healthy chart, ours among them, and who read texts of it. */
import type { Chart } from '../../../src/clinic/chart/chart.js';
import { cases } from '../../../src/clinic/cases/index.js';
import { examine } from '../../../src/clinic/examine/examine.js';
import { trafficEnds } from '../../../src/clinic/traffic/traffic-ends.js';
import { baseChart } from '../fixture.js';
import { chartOf as rendered } from '../kubeadm/chart.js';
import { readRenderings } from '../kubeadm/corpus.js';
import { builders } from './builder.js';
import { chartOf } from './lay.js';
import { watched } from './readers.js';

const kubeadms = readRenderings();

const charts = (): readonly (readonly [builder: string, chart: Chart])[] => [
  ['Kubewizard', baseChart('five')],
  ...kubeadms
    .filter(({ config }) => config === 'stacked' || config === 'encryption')
    .slice(-2)
    .map(one => ['kubeadm', rendered(one)] as const),
  ...builders.map(one => [one.builder, chartOf(one)] as const),
];

/** By module: the builders whose texts it read while it was said where packets go, and while all cases ran. */
export const held = (): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, Set<string>>();
  for (const [builder, chart] of charts()) {
    const seen = (module: string): void => {
      found.set(module, (found.get(module) ?? new Set()).add(builder));
    };
    const watchedChart = watched(chart, seen);
    trafficEnds(watchedChart);
    examine(watchedChart, cases);
  }
  return found;
};

/** Alarming lines of the hosts' logs that are known to be harmless, because the case behind them was refuted. */
import type { Examined } from './examined.js';
import type { Chart } from '../chart/chart.js';
import type { Report } from './report.js';

const linesPerLog = 60;
const mostLines = 200_000;
const mostShown = 12;

/** At most one line per case and reason; bounded, so that a thousand hosts' logs cost little. */
export const harmlessLines = (chart: Chart, all: readonly Examined[]): Report['benign'] => {
  const patterns = all
    .filter(({ verdict }) => verdict.verdict === 'healthy')
    .flatMap(({ case: one }) =>
      one.symptoms.flatMap(({ text, benign }) => (benign === undefined ? [] : [{ text, benign, id: one.id }])),
    );
  const found: Report['benign'][number][] = [];
  if (patterns.length === 0) return found;
  const any = new RegExp(patterns.map(({ text }) => `(?:${text.source})`).join('|'), 'i');
  let left = mostLines;
  for (const host of chart.hosts.values())
    for (const lines of 'value' in host.logs ? Object.values(host.logs.value) : [])
      for (const line of lines.slice(-linesPerLog)) {
        if (--left < 0 || found.length >= mostShown) return found;
        const short = line.slice(0, 400);
        if (!any.test(short)) continue;
        const hit = patterns.find(({ text }) => text.test(short));
        if (hit && !found.some(one => one.case === hit.id && one.because === hit.benign))
          found.push({ case: hit.id, line: short, because: hit.benign, host: host.name });
      }
  return found;
};

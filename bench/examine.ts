/**
 * Examination of a recorded chart by every case: 250, 500 and 1,000 hosts. `npx tsx bench/examine.ts`.
 * The chart is the recorded five-host cluster with its workers repeated under other names and addresses, each a value
 * of its own.
 */
import { cases } from '../src/clinic/cases/index.js';
import { chartFromJson, chartToJson } from '../src/clinic/bundle/bundle-json.js';
import type { Chart } from '../src/clinic/chart/chart.js';
import { examine } from '../src/clinic/examine/examine.js';
import { baseChart } from '../test/clinic/fixture.js';
import { median, table, verdict } from './table.js';

const worker = { name: 'kw-4', address: '192.0.2.14' } as const;

/** Renamed in its serialised form, so that no two hosts share a value that a cache could know. */
function grown(hosts: number): Chart {
  const base = baseChart('five');
  const pattern = chartToJson({ ...base, hosts: new Map([...base.hosts].filter(([name]) => name === worker.name)) });
  const more = Array.from({ length: hosts - base.hosts.size }, (_, at) => {
    const address = `198.18.${Math.floor(at / 250)}.${(at % 250) + 1}`;
    return [...chartFromJson(pattern.replaceAll(worker.address, address).replaceAll(worker.name, `more-${at}`)).hosts];
  });
  return { ...base, hosts: new Map([...base.hosts, ...more.flat()]) };
}

const sizes = [250, 500, 1000] as const;
const measured = sizes.map(hosts => {
  const chart = grown(hosts);
  const once = (): number => {
    const began = performance.now();
    examine(chart, cases);
    return (performance.now() - began) / 1000;
  };
  return { hosts, cold: once(), warm: median([once(), once(), once()]) };
});

process.stdout.write(
  `${table([['hosts', 'first', 'median', 'ms per host'], ...measured.map(({ hosts, cold, warm }) => [String(hosts), `${cold.toFixed(2)} s`, `${warm.toFixed(2)} s`, ((warm / hosts) * 1000).toFixed(2)])])}\n`,
);
const [least, most] = [measured[0], measured.at(-1)];
process.exitCode =
  least && most
    ? verdict([
        {
          what: `${cases.length} cases, ${most.hosts} hosts, first examination`,
          value: most.cold,
          limit: 5,
          unit: 's',
        },
        {
          what: `time per host, ${most.hosts} against ${least.hosts} hosts`,
          value: most.warm / most.hosts / (least.warm / least.hosts),
          limit: 1.3,
          unit: 'times',
        },
      ])
    : 1;

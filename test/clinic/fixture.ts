/** Fixtures of cases: a healthy base chart and the few changes that make it ill, as YAML. The format stands in docs of `change.ts`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { chartFromJson } from '../../src/clinic/bundle-json.js';
import type { Chart } from '../../src/clinic/chart.js';
import { type Change, change } from './change.js';

export interface Fixture {
  /** `sick-file.yaml`. */
  readonly file: string;
  readonly base: 'five' | 'kubeadm';
  readonly chart: Chart;
  /** `variant host subject`, every finding that the case must make; [] means healthy (or `verdict`). */
  readonly findings: readonly string[];
  readonly verdict: 'sick' | 'healthy' | 'unknown' | 'not-applicable';
  /** Cases that are rightly ill besides: `case` or `case/variant`; one of them may lead. */
  readonly also: readonly string[];
}

interface Written {
  readonly base?: 'five' | 'kubeadm';
  readonly now?: string;
  readonly stopped?: readonly string[];
  readonly change?: readonly Change[];
  readonly findings?: readonly string[];
  readonly verdict?: Fixture['verdict'];
  readonly also?: readonly string[];
  /** Why, for readers. */
  readonly says?: string;
}

const folder = new URL('.', import.meta.url).pathname;
export const casesFolder = `${folder}../../src/cases`;

const texts = new Map<string, string>();
export const baseChart = (name: 'five' | 'kubeadm'): Chart => {
  const text = texts.get(name) ?? readFileSync(`${folder}base/${name}.json`, 'utf8');
  texts.set(name, text);
  return chartFromJson(text);
};

export const fixturesOf = (id: string): readonly string[] => {
  const at = `${casesFolder}/${id}/fixtures`;
  return existsSync(at) ? readdirSync(at).filter(file => file.endsWith('.yaml')).sort() : [];
};

export const readFixture = async (id: string, file: string): Promise<Fixture> => {
  const written = parse(readFileSync(`${casesFolder}/${id}/fixtures/${file}`, 'utf8')) as Written;
  const base = written.base ?? 'five';
  let chart: Chart = { ...baseChart(base), ...written.now !== undefined && { now: written.now }, ...written.stopped && { stopped: written.stopped } };
  for (const one of written.change ?? []) chart = await change(chart, one, `${id}/${file}`);
  chart = withSizes(chart);
  const findings = written.findings ?? [];
  return { file, base, chart, findings, verdict: written.verdict ?? (findings.length > 0 ? 'sick' : 'healthy'), also: written.also ?? [] };
};

/** A changed text is the whole file: fewer bytes than the file has would say that it was cut. */
const withSizes = (chart: Chart): Chart => ({
  ...chart, hosts: new Map([...chart.hosts].map(([name, host]) => [name, 'missing' in host.files ? host : {
    ...host, files: { ...host.files, value: host.files.value.map(file => file.text === undefined ? file : { ...file, size: Buffer.byteLength(file.text) }) },
  }])),
});

/**
 * Fixtures of cases: a healthy base chart and the few changes that make it ill, as YAML. The format stands in docs of
 * `change.ts`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { chartFromJson } from '../../src/clinic/bundle/bundle-json.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
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
const casesFolder = `${folder}../../src/clinic/cases`;
const groups = readdirSync(casesFolder, { withFileTypes: true }).filter(entry => entry.isDirectory());

/** Where each case has its page and fixtures, by its id. */
export const caseFolders: ReadonlyMap<string, string> = new Map(
  groups.flatMap(({ name: group }) =>
    readdirSync(`${casesFolder}/${group}`).map(id => [id, `${casesFolder}/${group}/${id}`] as const),
  ),
);

const texts = new Map<string, string>();
export const baseChart = (name: 'five' | 'kubeadm'): Chart => {
  const text = texts.get(name) ?? readFileSync(`${folder}base/${name}.json`, 'utf8');
  texts.set(name, text);
  return chartFromJson(text);
};

export const fixturesOf = (id: string): readonly string[] => {
  const at = `${caseFolders.get(id)}/fixtures`;
  return existsSync(at)
    ? readdirSync(at)
        .filter(file => file.endsWith('.yaml'))
        .sort()
    : [];
};

const writtenAt = (id: string, file: string): Written =>
  parse(readFileSync(`${caseFolders.get(id)}/fixtures/${file}`, 'utf8')) as Written;

/** Fixtures of one base as one cluster, each `case/file` without its ending; the cases and variants that each shows. */
export const mergedFixtures = async (
  ...names: readonly string[]
): Promise<{
  readonly chart: Chart;
  readonly findings: readonly { readonly id: string; readonly variant: string }[];
}> => {
  const all = names.map(name => {
    const [id = '', file = ''] = name.split('/');
    return { id, name, written: writtenAt(id, `${file}.yaml`) };
  });
  let chart = baseChart(all[0]?.written.base ?? 'five');
  for (const { name, written } of all) {
    if ((written.base ?? 'five') !== (all[0]?.written.base ?? 'five') || written.now !== undefined || written.stopped)
      throw new Error(`${name} is about a cluster of its own`);
    for (const one of written.change ?? []) chart = await change(chart, one, name);
  }
  return {
    chart: withSizes(chart),
    findings: all.flatMap(({ id, written }) =>
      [...new Set((written.findings ?? []).map(text => text.split(' ')[0] ?? ''))].map(variant => ({ id, variant })),
    ),
  };
};

export const readFixture = async (id: string, file: string): Promise<Fixture> => {
  const written = writtenAt(id, file);
  const base = written.base ?? 'five';
  let chart: Chart = {
    ...baseChart(base),
    ...(written.now !== undefined && { now: written.now }),
    ...(written.stopped && { stopped: written.stopped }),
  };
  for (const one of written.change ?? []) chart = await change(chart, one, `${id}/${file}`);
  chart = withSizes(chart);
  const findings = written.findings ?? [];
  return {
    file,
    base,
    chart,
    findings,
    verdict: written.verdict ?? (findings.length > 0 ? 'sick' : 'healthy'),
    also: written.also ?? [],
  };
};

/** A changed text is the whole file: fewer bytes than the file has would say that it was cut. */
const withSizes = (chart: Chart): Chart => ({
  ...chart,
  hosts: new Map(
    [...chart.hosts].map(([name, host]) => [
      name,
      'missing' in host.files
        ? host
        : {
            ...host,
            files: {
              ...host.files,
              value: host.files.value.map(file =>
                file.text === undefined ? file : { ...file, size: Buffer.byteLength(file.text) },
              ),
            },
          },
    ]),
  ),
});

/** Laws of every case: no therapy reads a sentence, and nothing that was seen becomes a command. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Case } from '../../src/clinic/case.js';
import { cases } from '../../src/clinic/cases/index.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import type { HostChart } from '../../src/clinic/chart/host-chart.js';
import type { Finding } from '../../src/clinic/examine/verdict.js';
import { sh } from '../../src/shell/sh.js';
import { baseChart, caseFolders, fixturesOf, readFixture } from './fixture.js';
import { marker, poisoned, poisons, readStrings, shapeOf } from './poisoned-chart.js';
import { planting, scriptsOf, startersOf } from './scripts-of.js';
import { violations } from './shell-words.js';

const full = process.env.KW_TEST_FULL !== undefined;
/** Every day another share; in CI always the same, so that a finding of the day refuses nobody's work. */
const day = process.env.CI ? 0 : Math.floor(Date.now() / 86_400_000);

const only = process.env.KW_CASE;
const chosen = cases.filter(one => only === undefined || one.id.includes(only));

const findingsOf = (one: Case, chart: Chart): readonly Finding[] => {
  const verdict = one.diagnose(chart);
  return verdict.verdict === 'sick' ? verdict.findings : [];
};

/** Findings whose therapy is another one when no sentence is left to read. */
const readers = (one: Case, chart: Chart): readonly string[] =>
  findingsOf(one, chart)
    .filter(finding => {
      const silent = { ...finding, says: '', shows: finding.shows.map(show => ({ ...show, text: '' })) };
      return answer(one, finding, chart) !== answer(one, silent, chart);
    })
    .map(finding => `${one.id}/${finding.variant} on ${finding.host}`);

/** The chart with every reason blanked of what was not seen. */
const withoutReasons = <T>(node: T): T => {
  if (node instanceof Map) return new Map([...node].map(([key, each]) => [key, withoutReasons(each)])) as T;
  if (Array.isArray(node)) return node.map(withoutReasons) as T;
  if (node === null || typeof node !== 'object' || Object.getPrototypeOf(node) !== Object.prototype) return node;
  const all = Object.entries(node).map(([key, each]) => [key, withoutReasons(each)] as const);
  const isEvidence = 'missing' in node && 'kind' in node && 'source' in node;
  return Object.fromEntries(all.map(([key, each]) => [key, isEvidence && key === 'missing' ? '' : each])) as T;
};

/** What is found and done about it, which no reason of a gap may change. */
const findsAndDoes = (one: Case, chart: Chart): readonly string[] =>
  findingsOf(one, chart).map(finding => {
    const { variant, host, subject } = finding;
    const therapy = one.therapy(finding, chart);
    return JSON.stringify([variant, host, subject, 'want' in therapy ? therapy.want : 'refused']);
  });

const answer = (one: Case, finding: Finding, chart: Chart): string => {
  try {
    return JSON.stringify(one.therapy(finding, chart));
  } catch (error) {
    return `threw ${String(error)}`;
  }
};

/** What of the poison a therapy would let run, with the chart's string that it came from. */
const injections = (one: Case, chart: Chart, turn: number, share: number): readonly string[] => {
  const shapes = new Map<string, (readonly (string | number)[])[]>();
  for (const path of readStrings(chart, watched => {
    for (const finding of findingsOf(one, watched)) one.therapy(finding, watched);
  })) {
    const shape = shapeOf(path);
    shapes.set(shape, [...(shapes.get(shape) ?? []), path]);
  }
  const bad: string[] = [];
  let index = turn;
  for (const [shape, paths] of shapes) {
    index += 1;
    if (index % share !== 0) continue;
    const tries = full ? [...paths.keys()].slice(0, 12) : [index % paths.length];
    for (const at of tries)
      for (const poison of full ? poisons : [poisons[(index + at) % poisons.length] ?? '']) {
        const path = paths[at] ?? [];
        bad.push(...injected(one, poisoned(chart, path, poison, index + at), poison).map(text => `${shape}: ${text}`));
      }
  }
  return bad;
};

const injected = (one: Case, chart: Chart, poison: string): readonly string[] =>
  findingsOf(one, chart).flatMap(finding => {
    const therapy = one.therapy(finding, chart);
    if ('refused' in therapy) return [];
    return [
      ...[...scriptsOf(therapy)].flatMap(([at, script]) =>
        violations(script, poison, marker).map(text => `${one.id}/${finding.variant}: ${at}: ${text.slice(0, 300)}`),
      ),
      ...[...startersOf(therapy)].flatMap(([at, text]) =>
        planting(text, chart.hosts.get(at.host), at.path).map(
          line => `${one.id}/${finding.variant}: ${at.path}: ${line}`,
        ),
      ),
    ];
  });

const sickFixtures = async (one: Case): Promise<readonly Chart[]> =>
  (await Promise.all(fixturesOf(one.id).map(file => readFixture(one.id, file))))
    .filter(fixture => fixture.verdict === 'sick')
    .map(fixture => fixture.chart);

const numberOf = (name: string): number => [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);

describe.each(chosen.map(one => [one.id, one] as const))('%s', (_id, one) => {
  test('reads no sentence', async () => {
    const bad = (await sickFixtures(one)).flatMap(chart => readers(one, chart));
    expect(bad).toEqual([]);
  });

  test('reads no reason why something was not seen', async () => {
    for (const chart of await sickFixtures(one))
      expect(findsAndDoes(one, withoutReasons(chart))).toEqual(findsAndDoes(one, chart));
  });

  test(
    'lets nothing that was seen become a command',
    async () => {
      expect(await allInjections(one)).toEqual([]);
    },
    full ? 1_800_000 : undefined,
  );
});

/** What scripts/new-case.ts leaves to its author. */
const unwritten = (one: Case): readonly string[] => {
  const folder = caseFolders.get(one.id) ?? '';
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(file => join(folder, file));
  const group = folder.split('/').at(-2) ?? '';
  return [...files.filter(file => /\.(ts|md|yaml)$/.test(file)), `src/lab/faults/${group}/${one.id}.ts`].filter(file =>
    readFileSync(file, 'utf8').includes('TODO'),
  );
};

test('nothing that scripts/new-case.ts left to write is left: write what stands behind TODO', () => {
  expect(chosen.flatMap(unwritten)).toEqual([]);
});

const allInjections = async (one: Case): Promise<readonly string[]> =>
  (await sickFixtures(one)).flatMap((chart, index) =>
    injections(one, chart, numberOf(one.id) + index + day, full ? 1 : 2),
  );

/** A case that does what the laws forbid. */
const planted = (therapy: Case['therapy']): Case => ({
  id: 'planted',
  precedence: 0,
  title: '',
  variants: { v: { means: '', says: () => '', shows: () => [] } },
  symptoms: [],
  explains: [],
  lab: false,
  sources: [],
  verify: () => [],
  diagnose: chart => ({
    verdict: 'sick',
    findings: [...chart.hosts.values()].slice(0, 1).map(host => ({
      variant: 'v',
      host: host.name,
      subject: { host: host.name },
      facts: { kernel: 'value' in host.versions ? String(host.versions.value.kernel) : '' },
      says: `${host.name} is 10 years old`,
      shows: [],
    })),
  }),
  therapy,
});

const running = (script: string) => ({
  title: '',
  risk: 'none' as const,
  want: [
    {
      kind: 'ready',
      host: 'kw-1',
      key: 'x',
      stage: 'host' as const,
      after: [],
      because: '',
      want: { script, seconds: 1, says: '' },
    },
  ],
});

test('a therapy that reads a sentence is caught', () => {
  const bad = planted(finding => running(sh`sleep ${/\d+/.exec((finding as Finding).says)?.[0] ?? ''}`));
  expect(readers(bad, baseChart('five'))).toHaveLength(1);
  expect(
    readers(
      planted(() => running(sh`true`)),
      baseChart('five'),
    ),
  ).toEqual([]);
});

test('a case that reads why something was not seen is caught', () => {
  const one: Case = {
    ...planted(() => running(sh`true`)),
    diagnose: chart => {
      const logs = chart.hosts.get('kw-1')?.logs;
      const late = logs && 'missing' in logs && logs.missing.includes('no answer');
      return late ? planted(() => running(sh`true`)).diagnose(chart) : { verdict: 'healthy' };
    },
  };
  const five = baseChart('five');
  const host = five.hosts.get('kw-1');
  if (!host) throw new Error('the chart lost kw-1');
  const { value: _, ...logs } = host.logs as Extract<typeof host.logs, { value: unknown }>;
  const gap = { ...logs, missing: 'no answer within 5 s', kind: 'timeout' as const };
  const chart = { ...five, hosts: new Map(five.hosts).set('kw-1', { ...host, logs: gap }) };
  expect(findsAndDoes(one, chart)).toHaveLength(1);
  expect(findsAndDoes(one, withoutReasons(chart))).toEqual([]);
});

test.each([
  ['bare', (kernel: string) => `uname ${kernel}`],
  ['between double quotes', (kernel: string) => `uname "${kernel}"`],
  ['between single quotes', (kernel: string) => `uname '${kernel}'`],
  ['in a comment', (kernel: string) => `# ${kernel}`],
  ['quoted once, for two shells', (kernel: string) => sh`sh -c ${`uname ${kernel}`}`],
])('a fact in a command, %s, is caught', (_, script) => {
  const chart = baseChart('five');
  const of = (finding: { readonly facts: unknown }) => (finding.facts as { readonly kernel: string }).kernel;
  const bad = planted(finding => running(script(of(finding))));
  const good = planted(finding => running(sh`uname ${of(finding)}`));
  const path = ['hosts', 'kw-1', 'versions', 'value', 'kernel'];
  const found = (one: Case): readonly (readonly string[])[] =>
    poisons.map(poison => injected(one, poisoned(chart, path, poison, 0), poison));
  expect(found(bad).flat()).not.toEqual([]);
  expect(found(good).flat()).toEqual([]);
});

test.each([
  ['as it stood there, a flag taken out of the line', 'ExecStart=/a --b=1 kwpoison', 'ExecStart=/a kwpoison', 0],
  ['moved to a line that starts', 'Description=kwpoison', 'ExecStart=kwpoison', 1],
  ['new', 'Description=a', 'Description=a\nExecStartPre=/kwpoison', 1],
])('poison in the lines of a unit, %s', (_, stood, text, found) => {
  const five = baseChart('five');
  const host = five.hosts.get('kw-1');
  if (!host || !('value' in host.files)) throw new Error('the chart lost the files of kw-1');
  const unit = { path: '/etc/systemd/system/a.service', mode: '644', text: stood };
  const holding = { ...host, files: { ...host.files, value: [unit] } } as unknown as HostChart;
  expect(planting(text, holding, unit.path)).toHaveLength(found);
  expect(planting(text, holding, '/etc/systemd/system/b.service').length).toBeGreaterThan(0);
});

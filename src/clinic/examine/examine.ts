/** Runs every case over a chart and tells causes from consequences. Pure, and linear in the size of the chart. */
import semver from 'semver';
import { badCuresInPlace } from './bad-cures.js';
import type { Case } from '../case.js';
import { cascade } from './cascade.js';
import type { Chart } from '../chart/chart.js';
import { downgraded } from './unobserved.js';
import type { Examined, Ill } from './examined.js';
import { harmlessLines } from './harmless.js';
import { kubernetesVersion, kubernetesVersions } from '../read/hosts.js';
import type { Report, Unknown } from './report.js';
import { folded, foldedVerdict } from './unasked.js';
import { unexplainedOf } from './unexplained/index.js';
import { withoutEmpty } from './empty.js';
import { type Finding, type Missing, subjectText, type Verdict } from './verdict.js';
import { onlyWhole } from './whole.js';

/** One case; one that throws is our bug, and only its own verdict suffers. */
export const examineCase = (chart: Chart, one: Case): Verdict => {
  const range = one.versions;
  const versions = range === undefined ? [] : kubernetesVersions(chart);
  if (
    range !== undefined &&
    versions.length > 0 &&
    !versions.some(version => semver.satisfies(version, range, { includePrerelease: true }))
  )
    return {
      verdict: 'not-applicable',
      because: `it exists in Kubernetes ${range}, and this is ${versions.join(', ')}`,
    };
  try {
    return downgraded(
      onlyWhole(chart, seen => one.diagnose(seen)),
      chart,
    );
  } catch (error) {
    return {
      verdict: 'unknown',
      missing: [
        {
          host: 'cluster',
          what: one.id,
          why: `this case failed, which is a bug of kw: ${error instanceof Error ? error.message : String(error)}`,
          kind: 'unreadable',
        },
      ],
    };
  }
};

export const examine = (evidence: Chart, cases: readonly Case[]): Report => {
  const chart = withoutEmpty(evidence);
  const all: readonly Examined[] = cases.map(one => ({ case: one, verdict: foldedVerdict(examineCase(chart, one)) }));
  const ill = all.flatMap(({ case: one, verdict }) =>
    verdict.verdict === 'sick' ? grouped(one, verdict.findings) : [],
  );
  const of = <V extends Verdict['verdict']>(name: V) =>
    all.flatMap(({ case: one, verdict }) =>
      verdict.verdict === name ? [{ one, verdict: verdict as Extract<Verdict, { verdict: V }> }] : [],
    );
  const blind = blindness(chart);
  const unknown: readonly Unknown[] = [
    ...of('unknown').map(({ one, verdict }) => ({ case: one.id, title: one.title, missing: verdict.missing })),
    ...of('sick').flatMap(({ one, verdict }) =>
      verdict.missing?.length ? [{ case: one.id, title: one.title, missing: verdict.missing }] : [],
    ),
  ];
  const causes = cascade(ill, chart);
  const unexplained = unexplainedOf(chart, causes);
  const version = kubernetesVersion(chart);
  const done = badCuresInPlace(chart, cases);
  const refuted = of('healthy').map(({ one, verdict }) => ({
    case: one.id,
    title: one.title,
    ...(verdict.says !== undefined && { says: verdict.says }),
  }));
  return {
    at: chart.now,
    ...(chart.spec && { cluster: chart.spec.name }),
    ...(version !== undefined && { kubernetes: version }),
    verdict:
      ill.length + unexplained.length > 0 ? 'ill' : unknown.length > 0 || blind.length > 0 ? 'unseen' : 'healthy',
    blind,
    causes,
    ...(unexplained.length > 0 && { unexplained }),
    refuted,
    unknown,
    notApplicable: of('not-applicable').map(({ one, verdict }) => ({ case: one.id, because: verdict.because })),
    benign: [
      ...of('healthy').flatMap(({ one, verdict }) => (verdict.benign ?? []).map(line => ({ ...line, case: one.id }))),
      ...harmlessLines(chart, all),
    ],
    ...(done.length > 0 && { badCures: done }),
  };
};

/** By variant, in the order of the findings; findings of equal variant, host and subject are one. */
const grouped = (one: Case, findings: readonly Finding[]): readonly Ill[] => {
  const byVariant = new Map<string, Map<string, Finding>>();
  for (const finding of findings) {
    const variant = byVariant.get(finding.variant) ?? new Map<string, Finding>();
    byVariant.set(finding.variant, variant.set(`${finding.host} ${subjectText(finding.subject)}`, finding));
  }
  return [...byVariant].map(([variant, found]) => ({ case: one, variant, findings: [...found.values()] }));
};

const blindness = (chart: Chart): readonly Missing[] =>
  folded([
    ...[...chart.hosts.values()].flatMap(host =>
      'missing' in host.identity &&
      'missing' in host.processes &&
      'missing' in host.files &&
      !chart.stopped?.includes(host.name)
        ? [{ host: host.name, what: 'everything', why: host.identity.missing, kind: host.identity.kind }]
        : [],
    ),
    ...('missing' in chart.api.version
      ? [{ host: 'cluster', what: 'the API', why: chart.api.version.missing, kind: chart.api.version.kind }]
      : []),
  ]);

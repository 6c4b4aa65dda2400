/** What an upgrade of this cluster will meet; and the upgrade: the wish in the cluster file, then the plan as ever. */
import { compareVersions, minorOf, parseVersion, releases } from '../catalog/index.js';
import { apisRemovedBetween } from '../catalog/removed-apis.js';
import type { Chart } from '../clinic/chart/chart.js';
import { kubernetesVersion } from '../clinic/read/hosts.js';
import { gatherUpgrade } from '../engine/gather/upgrade.js';
import type { UpgradeSeen } from '../facts/upgrade/seen.js';
import { defaultDrain, type DrainPolicy } from '../model/drain.js';
import { type EventBody, WorldFailed } from '../model/event.js';
import { lineDiff } from '../plan/line-diff.js';
import type { Severity } from '../preflight/upgrade/finding.js';
import { judgeUpgrade, type UpgradeReport } from '../preflight/upgrade/judge.js';
import { readCluster } from '../spec/index.js';
import { withVersion } from '../spec/with-version.js';
import type { Ended } from './build/execute.js';
import { gather, type Source } from './clinic/evidence.js';
import { refuseAdopted } from './adopted.js';
import type { ClusterFile } from './cluster-file.js';
import { Mistaken, mistaken } from './mistaken.js';
import type { Ports } from './ports.js';
import { begin, type Story } from './story.js';
import { up, type UpOptions } from './up.js';

/** Changes nothing. @param wanted absent: what the file says where that is newer, else the next minor. */
export async function checkUpgrade(
  source: Source,
  wanted: string | undefined,
  ports: Ports,
  drain: DrainPolicy | 'off' = defaultDrain,
): Promise<UpgradeReport> {
  if (source.bundle !== undefined)
    throw mistaken('no-bundle-here', 'a bundle has nobody to ask', 'name the cluster: -f FILE or --hosts a,b,c');
  const target = wanted?.replace(/^v/, '');
  if (target !== undefined && !parseVersion(target))
    throw mistaken('bad-version', `'${wanted}' is not an exact version`, 'kw upgrade --check 1.36.4');
  const story = begin(ports);
  let seen: UpgradeSeen | undefined;
  const chart = await gather(story, { ...source, readOnly: true }, async (early, ways) => {
    const from = kubernetesVersion(early);
    if (from === undefined) return;
    seen = await gatherUpgrade(ways, apisRemovedBetween(from, target ?? nextOf(early, from)), ports.clock);
  });
  const from = kubernetesVersion(chart);
  if (from === undefined || !seen)
    throw new WorldFailed({
      class: 'unreachable',
      message: 'nobody says which version of Kubernetes runs: no API server and no host answered',
      help: 'kw status says who can be reached',
    });
  const to = target ?? nextOf(chart, from);
  const report = judgeUpgrade({ from, to, chart, seen, drain, ...(chart.spec && { spec: chart.spec }) });
  story.emit(examinedOf(report));
  return report;
}

const nextOf = ({ spec }: Chart, from: string): string => {
  if (spec && compareVersions(spec.kubernetes, from) > 0) return spec.kubernetes;
  const newest = (minor: number): string | undefined =>
    releases.find(one => minorOf(one.latestPatchKnown) === minor)?.latestPatchKnown;
  return newest(minorOf(from) + 1) ?? newest(minorOf(from)) ?? from;
};

export const examinedOf = ({ from, to, verdict, findings }: UpgradeReport): EventBody => {
  const counts = (severity: Severity): Readonly<Record<string, number>> =>
    findings
      .filter(one => one.severity === severity)
      .reduce<Record<string, number>>((all, one) => {
        all[one.rule] = (all[one.rule] ?? 0) + one.hits.length;
        return all;
      }, {});
  return { type: 'upgrade-examined', from, to, verdict, blockers: counts('blocker'), warnings: counts('warning') };
};

export interface UpgradeOptions extends Pick<UpOptions, 'yes' | 'verify' | 'drain'> {
  readonly path: string;
  readonly version: string;
  /** Writes the cluster file, whole or not at all. */
  readonly save: (text: string) => Promise<void>;
}

/** `blocked`: nothing was changed, not even the file. */
export type Upgraded = Ended | { readonly ended: 'blocked'; readonly report: UpgradeReport };

export async function upgrade(file: ClusterFile, ports: Ports, options: UpgradeOptions): Promise<Upgraded> {
  refuseAdopted(file.spec);
  const next = changedFile(file, options);
  const report = await checkUpgrade({ file: async () => file }, next.spec.kubernetes, ports, options.drain);
  if (report.findings.some(one => one.severity === 'blocker')) return { ended: 'blocked', report };
  if (!(await write(begin(ports), file, next, report, options))) return { ended: 'refused' };
  return up(next, ports, { ...options, stay: true });
}

/** The file as it will be, read and checked as every other; throws Mistaken. */
export const changedFile = (
  file: ClusterFile,
  { path, version }: Pick<UpgradeOptions, 'path' | 'version'>,
): ClusterFile => {
  const text = withVersion(file.text, version.replace(/^v/, ''));
  if (text === undefined)
    throw mistaken('no-place', `${path}: no place for kubernetes: was found`, `write kubernetes: ${version} into it`);
  const checked = readCluster(text, path);
  if (!checked.ok) throw new Mistaken(checked.problems, text);
  return { ...file, text, spec: checked.value };
};

/** False: the person said no. A file that says so already is asked about only where the check was not clear. */
const write = async (
  { emit, ports }: Story,
  before: ClusterFile,
  after: ClusterFile,
  report: UpgradeReport,
  { path, yes, save }: UpgradeOptions,
): Promise<boolean> => {
  const changes = before.text !== after.text;
  const change = { type: 'file-change', path, lines: lineDiff(before.text, after.text) } as const;
  if (changes) emit(change);
  if (!yes && (changes || report.verdict !== 'clear')) {
    const asks = changes ? `Write this into ${path}, and go on to the plan?` : 'Go on to the plan?';
    if (!(await agreed(emit, ports, `${doubts(report)}${asks}`))) return false;
  }
  if (!changes) return true;
  await save(after.text);
  emit({ ...change, written: true });
  return true;
};

const doubts = ({ findings, missing }: UpgradeReport): string => {
  const warnings = findings.filter(one => one.severity === 'warning').length;
  const parts = [
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`] : []),
    ...(missing.length > 0
      ? [`${missing.length} ${missing.length === 1 ? 'thing' : 'things'} that could not be seen`]
      : []),
  ];
  return parts.length === 0 ? '' : `The check has ${parts.join(' and ')} (kw upgrade --check shows them). `;
};

const agreed = async (emit: Story['emit'], ports: Ports, says: string): Promise<boolean> => {
  if (!ports.consent)
    throw mistaken('no-consent', 'this changes the cluster file, and there is no terminal to ask on', 'give --yes');
  emit({ type: 'consent-needed', risk: 'none', says });
  const answer = (await ports.consent({ risk: 'none', says })) === true;
  emit(answer ? { type: 'consent-given', risk: 'none', by: 'person' } : { type: 'consent-refused', risk: 'none' });
  return answer;
};

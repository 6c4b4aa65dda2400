/** Files of which only a part was seen: no case may take half a configuration for a whole one. */
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import type { FileSeen } from '../chart/seen.js';
import { type Finding, type Missing, subjectText, type Verdict } from './verdict.js';

/**
 * What was redacted may be shorter (a digest is longer than the key was); elsewhere fewer bytes than the file's size
 * are a part of it.
 */
export const isCut = (file: FileSeen): boolean =>
  file.cut === true ||
  (file.text !== undefined &&
    file.text.length < file.size &&
    !file.text.includes('REDACTED') &&
    Buffer.byteLength(file.text) < file.size);

/** Runs a case over the chart without the texts of such files; what it would have read of them it could not see. */
export const onlyWhole = (chart: Chart, diagnose: (chart: Chart) => Verdict): Verdict => {
  const cuts = cutsOf(chart);
  if (cuts.size === 0) return diagnose(chart);
  const missed = new Map<string, Missing>();
  const hosts = new Map(chart.hosts);
  for (const [host, cut] of cuts) hosts.set(host.name, withoutCut(host, cut, missed));
  return judged(diagnose({ ...chart, hosts }), missed);
};

const cutsOf = (chart: Chart): ReadonlyMap<HostChart, ReadonlySet<FileSeen>> => {
  const found =
    known.get(chart) ??
    new Map(
      [...chart.hosts.values()].flatMap(host => {
        const cut = ('value' in host.files ? host.files.value : []).filter(isCut);
        return cut.length > 0 ? [[host, new Set(cut)] as const] : [];
      }),
    );
  known.set(chart, found);
  return found;
};

const known = new WeakMap<Chart, ReadonlyMap<HostChart, ReadonlySet<FileSeen>>>();

const withoutCut = (host: HostChart, cut: ReadonlySet<FileSeen>, missed: Map<string, Missing>): HostChart =>
  'missing' in host.files
    ? host
    : {
        ...host,
        files: {
          ...host.files,
          value: host.files.value.map(file => {
            if (!cut.has(file)) return file;
            const { text: _, ...rest } = file;
            return {
              ...rest,
              get text(): never {
                missed.set(`${host.name} ${file.path}`, {
                  host: host.name,
                  what: file.path,
                  why: 'not all of its text came: it was cut off',
                  kind: 'cut',
                });
                return undefined as never;
              },
            };
          }),
        },
      };

/**
 * What is said of a file that was not whole is nobody's finding; the rest of the verdict stands, and is not healthy.
 */
const judged = (verdict: Verdict, missed: ReadonlyMap<string, Missing>): Verdict => {
  if (missed.size === 0) return verdict;
  const missing = [...missed.values()];
  if (verdict.verdict !== 'sick')
    return { verdict: 'unknown', missing: [...(verdict.verdict === 'unknown' ? verdict.missing : []), ...missing] };
  const findings = verdict.findings.filter(finding => !missing.some(one => isAbout(finding, one)));
  const all = [...(verdict.missing ?? []), ...missing];
  return findings.length > 0 ? { ...verdict, findings, missing: all } : { verdict: 'unknown', missing: all };
};

const isAbout = (finding: Finding, { host, what }: Missing): boolean =>
  (finding.host === host && (Object.values(finding.subject).includes(what) || subjectText(finding.subject) === what)) ||
  finding.shows.some(one => one.host === host && one.source === what);

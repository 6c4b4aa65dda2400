/** Cluster file → ClusterSpec, or every mistake in it with line, column and a suggestion. */
import type { ClusterSpec } from '../model/cluster.js';
import type { Checked, Diagnostic } from '../model/diagnostic.js';
import { checkAddons } from './checks/addons.js';
import { checkAdopted } from './checks/adopted.js';
import { checkArtifacts } from './checks/artifacts.js';
import { checkEffect } from './checks/effect.js';
import { checkEndpoint } from './checks/endpoint.js';
import { checkHosts } from './checks/hosts.js';
import { checkNetwork } from './checks/network.js';
import { checkPki } from './checks/pki.js';
import { checkRoles } from './checks/roles.js';
import { checkVersion } from './checks/version.js';
import type { DefaultNote } from './default-note.js';
import { fill } from './defaults.js';
import { readSource, type Path, type Source } from './document.js';
import type { Check, Finding } from './finding.js';
import { foreignFile } from './foreign/foreign.js';
import { restoreIndex } from './prune.js';
import { checkShape } from './shape.js';

/** `file` is only the name that the diagnostics show. */
export const readCluster = (text: string, file: string): Checked<ClusterSpec> => {
  const foreign = foreignFile(text, file);
  if (foreign) return { ok: false, problems: [printable(foreign)] };
  const source = readSource(text, file);
  if (source.problems.length) return { ok: false, problems: source.problems.map(printable) };
  if (source.value === null || source.value === undefined)
    return {
      ok: false,
      problems: [
        {
          code: 'empty',
          severity: 'error',
          says: 'the file is empty',
          at: source.place([], 'value'),
          help: 'kw init writes one',
        },
      ],
    };
  const { findings, spec } = examine(source.value);
  const diagnostics = findings.map(finding => diagnose(finding, source)).sort(byPlace);
  const problems = diagnostics.filter(({ severity }) => severity === 'error');
  if (problems.length || !spec) return { ok: false, problems: diagnostics };
  return { ok: true, value: spec, warnings: diagnostics };
};

/** Every default that was filled in, with its reason; [] for a file with mistakes. */
export const explainDefaults = (text: string, file: string): readonly DefaultNote[] => {
  const source = readSource(text, file);
  const shape = source.problems.length ? undefined : checkShape(source.value);
  return shape?.rest && shape.findings.length === 0 ? fill(shape.rest).notes : [];
};

const checks: readonly Check[] = [
  checkHosts,
  checkRoles,
  checkNetwork,
  checkEndpoint,
  checkVersion,
  checkPki,
  checkArtifacts,
  checkAddons,
  checkAdopted,
  checkEffect,
];

const examine = (value: unknown): { readonly findings: readonly Finding[]; readonly spec?: ClusterSpec } => {
  const { findings: shape, rest, holes } = checkShape(value);
  if (!rest) return { findings: shape };
  const { spec, origins, findings: ranges } = fill(rest);
  const gone = [...holes, ...ranges.map(({ path }) => path)];
  const broken = (...path: Path) => gone.some(hole => path.every((step, i) => hole[i] === step));
  const more = [...ranges, ...checks.flatMap(check => check({ written: rest, spec, origins, broken }))];
  return {
    spec,
    findings: [...shape, ...more.map(finding => ({ ...finding, path: restoreIndex(finding.path, holes) }))],
  };
};

const diagnose = ({ code, severity, says, help, path, at }: Finding, source: Source): Diagnostic =>
  printable({ code, severity, says, at: source.place(path, at), ...(help ? { help } : {}) });

/** Of a word that is as long as the file, one message alone would fill the terminal. */
const longest = 2_000;

/** What the file says is quoted in messages: a terminal must not obey it. */
const printable = (diagnostic: Diagnostic): Diagnostic => {
  const safe = (text: string) =>
    (text.length > longest ? `${text.slice(0, longest)}…` : text).replaceAll(
      /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
      char => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
    );
  return { ...diagnostic, says: safe(diagnostic.says), ...(diagnostic.help ? { help: safe(diagnostic.help) } : {}) };
};

const byPlace = (a: Diagnostic, b: Diagnostic): number =>
  (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0);

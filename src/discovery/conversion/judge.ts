/**
 * Whether a cluster that others built can become one of Kubewizard's own, and what that would do on each host. Nothing
 * is done: what stands in the way is known before the first change.
 */
import type { Chart } from '../../clinic/chart/chart.js';
import type { Missing } from '../../clinic/examine/verdict.js';
import { readEvidence } from '../../clinic/read/evidence-reader.js';
import type { ClusterSpec } from '../../model/cluster.js';
import { hit, type Severity } from '../../preflight/upgrade/finding.js';
import { draw } from '../draw/draw.js';
import { membersOf, planesOf } from '../owner/whole.js';
import { etcdJudge } from './etcd.js';
import { fileJudge } from './file.js';
import { type ConversionFinding, type ConversionJudge, stands } from './finding.js';
import { hostJudge } from './hosts.js';
import { podJudge } from './pods.js';
import { type HostTurn, turnsOf } from './turns.js';

export interface Asked {
  readonly chart: Chart;
  /** Of the file that `kw adopt` drew. */
  readonly spec: ClusterSpec;
  /** What the doctor found: a case, and the hosts that have it. */
  readonly ill: readonly { readonly case: string; readonly hosts: readonly string[] }[];
  /** Version of the etcd that is brought, where the artifacts are at hand. */
  readonly brings?: string | undefined;
}

export interface ConversionReport {
  readonly cluster: string;
  readonly kubernetes: string;
  /** blocked: something stands in the way. unknown: nothing was found, and not all of it was seen. */
  readonly verdict: 'blocked' | 'unknown' | 'clear';
  readonly findings: readonly ConversionFinding[];
  readonly missing: readonly Missing[];
  /** Empty where it is not the cluster that was adopted. */
  readonly turns: readonly HostTurn[];
}

const judges: readonly ConversionJudge[] = [fileJudge, hostJudge, etcdJudge, podJudge];
const worst: readonly Severity[] = ['blocker', 'warning', 'note'];

export const judgeConversion = ({ chart, spec, ill, brings }: Asked): ConversionReport => {
  const evidence = readEvidence();
  // Hosts have no other way that counts here: it is left out of what is compared.
  const ways = new Map([...chart.hosts.keys()].map(name => [name, {}] as const));
  const drawn = draw(chart, { ways, name: spec.name });
  const found: ConversionFinding[] = [...builderFound(spec), ...illFound(ill)];
  let turns: readonly HostTurn[] = [];
  if (drawn.ok) {
    const conversion = {
      chart,
      spec,
      drawing: drawn.drawing,
      planes: planesOf(chart),
      members: membersOf(chart),
      brings,
    };
    for (const judge of judges) found.push(...judge(conversion, evidence));
    turns = turnsOf(conversion);
  } else
    found.push(
      ...stands('not-as-adopted', 'blocker', [hit('cluster', spec.name, drawn.refusal.says)], {
        why: 'the hosts are not, or not all, what the file was drawn of',
        next: drawn.refusal.help,
      }),
    );
  const findings = worst.flatMap(severity => found.filter(one => one.severity === severity));
  const { missing } = evidence;
  return {
    cluster: spec.name,
    kubernetes: spec.kubernetes,
    verdict: findings.some(one => one.severity === 'blocker') ? 'blocked' : missing.length > 0 ? 'unknown' : 'clear',
    findings,
    missing,
    turns,
  };
};

const builderFound = ({ adopted, name, hosts }: ClusterSpec): readonly ConversionFinding[] =>
  stands(
    'another-builder',
    'blocker',
    adopted === undefined || adopted.from === 'kubeadm' ? [] : [hit('cluster', name, adopted.from)],
    {
      why: `its ${hosts.length === 1 ? 'host was' : 'hosts were'} not set up by kubeadm, whose static pods are known`,
      next: 'leave this cluster as it is: kw doctor, heal, backup, kubeconfig and token take its file',
    },
  );

const illFound = (ill: Asked['ill']): readonly ConversionFinding[] =>
  stands(
    'ill',
    'blocker',
    ill.map(one => hit('cluster', one.case, one.hosts.join(', ') || undefined)),
    {
      why: 'whoever is ill is cured first: afterwards nobody could tell what came of the conversion',
      next: 'kw doctor says what it is, kw heal cures it',
    },
  );

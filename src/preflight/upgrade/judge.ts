/** Everything that will bite this cluster on its way to a version, the worst first. */
import type { Missing } from '../../clinic/examine/verdict.js';
import { readEvidence } from '../../clinic/read/evidence-reader.js';
import { apiRule } from './apis.js';
import { backendRule } from './backends.js';
import { capacityRule } from './capacity.js';
import { certificateRule } from './certificates.js';
import { drainRule } from './drain.js';
import { etcdRule } from './etcd.js';
import type { Rule, Severity, Upgrade, UpgradeFinding } from './finding.js';
import { flagRule } from './flags.js';
import { gateRule } from './gates.js';
import { machineRule } from './machine.js';
import { ownerRule } from './owners.js';
import { hopsBetween, pathRule } from './path.js';
import { skewRule } from './skew.js';
import { workloadRule } from './workloads.js';

export interface UpgradeReport {
  readonly cluster?: string;
  readonly from: string;
  readonly to: string;
  /** The versions on the way, the target last. */
  readonly hops: readonly string[];
  /** `unknown`: nothing was found, and not everything could be seen. */
  readonly verdict: 'clear' | 'bites' | 'unknown';
  readonly findings: readonly UpgradeFinding[];
  readonly missing: readonly Missing[];
}

const rules: readonly Rule[] = [
  pathRule,
  ownerRule,
  skewRule,
  etcdRule,
  flagRule,
  gateRule,
  apiRule,
  machineRule,
  workloadRule,
  backendRule,
  certificateRule,
  drainRule,
  capacityRule,
];

const order: readonly Severity[] = ['blocker', 'warning', 'note'];

export const judgeUpgrade = (upgrade: Upgrade): UpgradeReport => {
  const reader = readEvidence();
  const all = rules.flatMap(rule => rule(upgrade, reader));
  const findings = order.flatMap(severity => all.filter(one => one.severity === severity));
  const { missing } = reader;
  return {
    ...(upgrade.spec && { cluster: upgrade.spec.name }),
    from: upgrade.from,
    to: upgrade.to,
    hops: hopsBetween(upgrade.from, upgrade.to),
    verdict: findings.some(one => one.severity !== 'note') ? 'bites' : missing.length > 0 ? 'unknown' : 'clear',
    findings,
    missing,
  };
};

/** As the doctor's: 0 nothing bites, 2 something does, 3 could not see enough. */
export const exitOfUpgrade = ({ verdict }: UpgradeReport): number => ({ clear: 0, bites: 2, unknown: 3 })[verdict];

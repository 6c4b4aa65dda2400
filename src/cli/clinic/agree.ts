/** Shows a therapy as a plan, and asks by its risk. */
import { confirm } from '@clack/prompts';
import type { Healing } from '../../engine/heal/index.js';
import type { Treatment } from '../../engine/heal/treatments.js';
import type { Plan } from '../../model/plan.js';
import { worst } from '../../model/resource.js';
import { planJson } from '../../plan/json.js';
import { consent } from '../cluster/consent.js';
import { shown } from '../cluster/execute.js';
import { escapeForTerminal } from '../../shell/terminal.js';
import { mistaken } from '../complaint.js';

export interface AgreeOptions {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly yesIMean?: string;
}

export const agreeing =
  (options: AgreeOptions): Healing['agree'] =>
  async (plan, treatments) => {
    if (!options.json) process.stdout.write(`${treatmentsText(treatments)}\n${shown(plan)}`);
    else if (options.dryRun) process.stdout.write(`${planJson(plan)}\n`);
    if (options.dryRun) return false;
    const whole = risky(plan, treatments);
    const agreed =
      worst(whole.steps.map(step => step.risk)) === 'none'
        ? await wanted(options)
        : await consent(whole, { yes: options.yes, phrase: options.yesIMean });
    if (!agreed) process.stderr.write('nothing was done\n');
    return agreed;
  };

/** A cure that disturbs nobody changes a cluster all the same: a rule of a firewall, a binding, a webhook. */
const wanted = async ({ yes }: AgreeOptions): Promise<boolean> => {
  if (yes) return true;
  if (!process.stdin.isTTY)
    throw mistaken(
      'no-consent',
      'this changes the cluster, which needs consent, and there is no terminal to ask on',
      'look at it with kw heal --dry-run, then give --yes',
    );
  return (await confirm({ message: 'Nothing restarts. Apply this?', initialValue: false })) === true;
};

const treatmentsText = (treatments: readonly Treatment[]): string =>
  treatments
    .map(
      ({ case: id, finding, therapy }) =>
        `${id}/${finding.variant} on ${finding.host}: ${escapeForTerminal(finding.says)}\n  therapy: ${escapeForTerminal(therapy.title)} (risk: ${therapy.risk}${therapy.backup ? '; a backup of etcd is made first' : ''})\n`,
    )
    .join('');

/** A therapy may know of a risk that its single steps do not show. */
const risky = (plan: Plan, treatments: readonly Treatment[]): Plan => {
  const risk = worst(treatments.map(one => one.therapy.risk));
  return {
    ...plan,
    steps: plan.steps.map((step, index) => (index === 0 ? { ...step, risk: worst([step.risk, risk]) } : step)),
  };
};

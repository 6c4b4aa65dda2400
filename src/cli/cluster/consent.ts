/** Asks by risk (design, section 3, rule 6): none runs, restart asks once, downtime by name, data wants a typed phrase that --yes never covers. */
import { confirm, isCancel, text } from '@clack/prompts';
import type { Plan } from '../../model/plan.js';
import { type Risk, worst } from '../../model/resource.js';
import { mistaken } from '../complaint.js';

export interface Given {
  readonly yes?: boolean | undefined;
  /** The phrase, given as an option. */
  readonly phrase?: string | undefined;
  /** What the command as a whole does, where its single steps may look harmless: a reset of a host without data is still a reset. */
  readonly risk?: Risk | undefined;
}

/** How a person is asked; undefined: cancelled. */
export interface Asking {
  readonly possible: boolean;
  confirm(message: string): Promise<boolean | undefined>;
  type(message: string): Promise<string | undefined>;
}

/** False: the person said no. Throws Mistaken where nobody can be asked, or where another cluster was named. */
export async function consent(plan: Plan, given: Given, asking: Asking = terminal()): Promise<boolean> {
  if (given.phrase !== undefined && given.phrase !== plan.cluster)
    throw mistaken(
      'wrong-phrase',
      `this would change the cluster ${plan.cluster}, but you named ${given.phrase}`,
      `--yes-i-mean ${plan.cluster}`,
    );
  if (plan.steps.length === 0) return true;
  const risk = worst([given.risk ?? 'none', ...plan.steps.map(step => step.risk)]);
  if (risk === 'none') return true;
  if (risk === 'data') return given.phrase !== undefined || typed(plan, risk, asking);
  if (given.yes) return true;
  if (risk === 'downtime') return typed(plan, risk, asking);
  if (!asking.possible) throw nobody(risk, 'give --yes');
  return (await asking.confirm('Units will restart, one control plane at a time. Go on?')) === true;
}

async function typed(plan: Plan, risk: Risk, asking: Asking): Promise<boolean> {
  if (!asking.possible) throw nobody(risk, risk === 'data' ? `give --yes-i-mean ${plan.cluster}` : 'give --yes');
  const what =
    risk === 'data' ? 'This destroys data that cannot be brought back.' : 'Users of the cluster will notice.';
  return (await asking.type(`${what} Type the cluster's name (${plan.cluster}) to go on`)) === plan.cluster;
}

const nobody = (risk: Risk, way: string) =>
  mistaken(
    'no-consent',
    `the plan's risk is '${risk}', which needs consent, and there is no terminal to ask on`,
    `look at what it says, then ${way}`,
  );

const terminal = (): Asking => ({
  possible: process.stdin.isTTY === true,
  async confirm(message) {
    const answer = await confirm({ message, initialValue: false });
    return isCancel(answer) ? undefined : answer;
  },
  async type(message) {
    const answer = await text({ message });
    return isCancel(answer) ? undefined : answer;
  },
});

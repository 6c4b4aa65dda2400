/** Asks by risk (design, section 3, rule 6): none runs, restart asks once, downtime by name, data wants a typed phrase that --yes never covers. */
import { confirm, isCancel, text } from '@clack/prompts';
import type { Plan } from '../../model/plan.js';
import { type Risk, worst } from '../../model/resource.js';
import { mistaken } from '../complaint.js';

export interface Given { readonly yes?: boolean | undefined; /** The phrase, given as an option. */ readonly phrase?: string | undefined }

/** False: the person said no. Throws Mistaken where nobody can be asked. */
export async function consent(plan: Plan, given: Given): Promise<boolean> {
  const risk = worst(plan.steps.map(step => step.risk));
  if (risk === 'none') return true;
  if (risk === 'data') return given.phrase === undefined ? typed(plan, risk) : matches(given.phrase, plan);
  if (given.yes) return true;
  if (risk === 'downtime') return typed(plan, risk);
  if (!process.stdin.isTTY) throw nobody(risk, 'give --yes');
  const answer = await confirm({ message: 'Units will restart, one control plane at a time. Go on?', initialValue: false });
  return answer === true && !isCancel(answer);
}

function matches(phrase: string, plan: Plan): boolean {
  if (phrase !== plan.cluster) throw mistaken('wrong-phrase', `this would destroy data of the cluster ${plan.cluster}, but you named ${phrase}`, `--yes-i-mean ${plan.cluster}`);
  return true;
}

async function typed(plan: Plan, risk: Risk): Promise<boolean> {
  if (!process.stdin.isTTY) throw nobody(risk, risk === 'data' ? `give --yes-i-mean ${plan.cluster}` : 'give --yes');
  const what = risk === 'data' ? 'This destroys data that cannot be brought back.' : 'Users of the cluster will notice.';
  const answer = await text({ message: `${what} Type the cluster's name (${plan.cluster}) to go on` });
  return !isCancel(answer) && answer === plan.cluster;
}

const nobody = (risk: Risk, way: string) => mistaken('no-consent', `the plan's risk is '${risk}', which needs consent, and there is no terminal to ask on`, `look at it with kw plan, then ${way}`);

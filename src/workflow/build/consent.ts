/**
 * Asks by risk (design, section 3, rule 6): none runs, restart asks once, downtime by name, data wants a typed phrase
 * that --yes never covers.
 */
import type { EventBody } from '../../model/event.js';
import type { Plan } from '../../model/plan.js';
import { type Risk, worst } from '../../model/resource.js';
import { mistaken } from '../mistaken.js';
import type { ConsentRequest, Ports } from '../ports.js';

export interface Given {
  readonly yes?: boolean | undefined;
  /** The phrase, given as an option. */
  readonly phrase?: string | undefined;
  /**
   * What the command as a whole does, where its single steps may look harmless: a reset of a host without data is still
   * a reset.
   */
  readonly risk?: Risk | undefined;
  /** What is at stake where the risk is `data` or `downtime`; absent: the data that go, and what users notice. */
  readonly stake?: string | undefined;
  /** Asks also where the plan's own risk is none: what is begun here, as a question. */
  readonly question?: string | undefined;
}

export interface Asking {
  readonly emit: (body: EventBody) => void;
  readonly ports: Pick<Ports, 'consent'>;
}

/** False: the person said no. Throws Mistaken where nobody can be asked, or where another cluster was named. */
export async function consent(plan: Plan, given: Given, asking: Asking): Promise<boolean> {
  if (given.phrase !== undefined && given.phrase !== plan.cluster)
    throw mistaken(
      'wrong-phrase',
      `this would change the cluster ${plan.cluster}, but you named ${given.phrase}`,
      `--yes-i-mean ${plan.cluster}`,
    );
  if (plan.steps.length === 0) return true;
  const risk = worst([given.risk ?? 'none', ...plan.steps.map(step => step.risk)]);
  const request = requestOf(plan, risk, given);
  if (!request) return true;
  if (risk === 'data' ? given.phrase !== undefined : given.yes) {
    asking.emit({ type: 'consent-given', risk, by: 'option' });
    return true;
  }
  return ask(plan, request, asking);
}

const requestOf = (plan: Plan, risk: Risk, { question, stake }: Given): ConsentRequest | undefined => {
  const typed = (what: string): ConsentRequest => ({
    risk,
    says: `${what} Type the cluster's name (${plan.cluster}) to go on`,
    phrase: plan.cluster,
  });
  if (risk === 'data') return typed(stake ?? 'This destroys data that cannot be brought back.');
  if (risk === 'downtime') return typed(stake ?? 'Users of the cluster will notice.');
  if (question !== undefined) return { risk, says: question };
  return risk === 'none' ? undefined : { risk, says: 'Units will restart, one control plane at a time. Go on?' };
};

async function ask(plan: Plan, request: ConsentRequest, { emit, ports }: Asking): Promise<boolean> {
  const { risk, phrase } = request;
  if (!ports.consent) throw nobody(risk, risk === 'data' ? `give --yes-i-mean ${plan.cluster}` : 'give --yes');
  emit({ type: 'consent-needed', ...request });
  const answer = await ports.consent(request);
  const agreed = phrase === undefined ? answer === true : answer === phrase;
  emit(agreed ? { type: 'consent-given', risk, by: 'person' } : { type: 'consent-refused', risk });
  return agreed;
}

const nobody = (risk: Risk, way: string) =>
  risk === 'none'
    ? mistaken(
        'no-consent',
        'this changes hosts or a cluster, which needs consent, and there is no terminal to ask on',
        `look at what it says, then ${way}`,
      )
    : mistaken(
        'no-consent',
        `the plan's risk is '${risk}', which needs consent, and there is no terminal to ask on`,
        `look at what it says, then ${way}`,
      );

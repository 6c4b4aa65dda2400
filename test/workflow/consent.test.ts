import { describe, expect, test } from 'vitest';
import { consent, type Given } from '../../src/workflow/build/consent.js';
import { Mistaken } from '../../src/workflow/mistaken.js';
import type { Ports } from '../../src/workflow/ports.js';
import type { Plan } from '../../src/model/plan.js';
import type { Risk } from '../../src/model/resource.js';

const planOf = (...risks: readonly Risk[]): Plan =>
  ({ cluster: 'prod', steps: risks.map(risk => ({ risk })), examined: 1, unseen: [], digest: '' }) as unknown as Plan;

/** `says`: what the person answers; absent: there is no terminal. */
const asked = async (plan: Plan, given: Given = {}, says?: { readonly confirm?: boolean; readonly type?: string }) => {
  const questions: string[] = [];
  const ports: Pick<Ports, 'consent'> = says
    ? {
        consent: async ({ says: message, phrase }) => {
          questions.push(message);
          return phrase === undefined ? says.confirm : says.type;
        },
      }
    : {};
  const answer = await consent(plan, given, { emit: () => undefined, ports }).catch((error: unknown) =>
    error instanceof Mistaken ? error.problems[0]?.code : error,
  );
  return { answer, asked: questions.length };
};

describe.each<[Risk, Given, unknown]>([
  ['none', {}, true],
  ['restart', {}, 'no-consent'],
  ['restart', { yes: true }, true],
  ['downtime', {}, 'no-consent'],
  ['downtime', { yes: true }, true],
  ['data', {}, 'no-consent'],
  ['data', { yes: true }, 'no-consent'],
  ['data', { phrase: 'prod' }, true],
])('without a terminal, risk %s and %j', (risk, given, answer) => {
  test('asks nobody', async () =>
    expect(await asked(planOf('none', risk, 'none'), given)).toEqual({ answer, asked: 0 }));
});

test('a phrase that names another cluster is refused whatever the risk', async () => {
  for (const plan of [planOf(), planOf('none'), planOf('restart'), planOf('data')])
    expect(await asked(plan, { yes: true, phrase: 'wrong' }, { type: 'prod' })).toEqual({
      answer: 'wrong-phrase',
      asked: 0,
    });
});

test('a command that destroys asks for the name though its steps look harmless, and --yes is not an answer', async () => {
  expect(await asked(planOf('none'), { risk: 'data' })).toEqual({ answer: 'no-consent', asked: 0 });
  expect(await asked(planOf('none'), { risk: 'data', yes: true })).toEqual({ answer: 'no-consent', asked: 0 });
  expect(await asked(planOf('none'), { risk: 'data', yes: true }, { type: 'prod' })).toEqual({
    answer: true,
    asked: 1,
  });
  expect(await asked(planOf('none'), { risk: 'data', phrase: 'prod' })).toEqual({ answer: true, asked: 0 });
});

test('nothing to do needs nobody', async () =>
  expect(await asked(planOf(), { risk: 'data' })).toEqual({ answer: true, asked: 0 }));

test('on a terminal a restart is confirmed, downtime and data are typed, and anything else is no', async () => {
  expect(await asked(planOf('restart'), {}, { confirm: true })).toEqual({ answer: true, asked: 1 });
  expect(await asked(planOf('restart'), {}, {})).toEqual({ answer: false, asked: 1 });
  for (const risk of ['downtime', 'data'] as const) {
    expect(await asked(planOf(risk), {}, { type: 'prod' })).toEqual({ answer: true, asked: 1 });
    for (const type of ['', 'pro', 'Prod', undefined])
      expect(await asked(planOf(risk), {}, type === undefined ? {} : { type })).toEqual({ answer: false, asked: 1 });
  }
});

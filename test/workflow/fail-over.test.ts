import { expect, test } from 'vitest';
import type { EventBody } from '../../src/model/event.js';
import { agreedByOption, mayFailOver } from '../../src/workflow/build/fail-over.js';

const endpoint = { address: '10.0.0.100', port: 8443, balance: 'virtual-address', virtualRouterId: 51 } as const;

const tried = async (
  agreed: boolean | undefined,
  answer?: boolean,
  balance: typeof endpoint.balance | 'local' = 'virtual-address',
) => {
  const events: EventBody[] = [];
  const questions: string[] = [];
  const may = await mayFailOver({ endpoint: { ...endpoint, balance } }, agreed, {
    emit: event => events.push(event),
    ports:
      answer === undefined
        ? {}
        : {
            consent: async ({ says }) => {
              questions.push(says);
              return answer;
            },
          },
  });
  return { may, questions, types: events.map(event => (event.type === 'note' ? event.says : event.type)) };
};
const leftOut = expect.stringContaining('left out of the proof; kw verify --failover tries it');
const stops = expect.stringContaining('stops the load balancer that holds 10.0.0.100');

test.each<[string, boolean | undefined, boolean | undefined, boolean, readonly unknown[]]>([
  ['an option or a first build agrees, and it is said', true, undefined, true, [stops]],
  ['an option goes before a person', true, false, true, [stops]],
  ['a person agrees', undefined, true, true, ['consent-needed', 'consent-given']],
  ['a person does not', undefined, false, false, ['consent-needed', 'consent-refused', leftOut]],
  ['nobody can be asked: it is left out, and that is said', undefined, undefined, false, [leftOut]],
])('%s', async (_, agreed, answer, may, types) => {
  expect(await tried(agreed, answer)).toMatchObject({ may, types });
});

test('whoever says no is not told that nothing was done, and whoever cancels ends the command before its work', async () => {
  const events: EventBody[] = [];
  const asking = (answer: boolean | undefined) => ({
    emit: (event: EventBody) => events.push(event),
    ports: { consent: async () => answer },
  });
  await mayFailOver({ endpoint }, undefined, asking(false));
  expect(events).toContainEqual({ type: 'consent-refused', risk: 'restart', goesOn: true });
  await expect(mayFailOver({ endpoint }, undefined, asking(undefined))).rejects.toMatchObject({ name: 'AbortError' });
  expect(events.at(-1)).toEqual({ type: 'consent-refused', risk: 'restart' });
});

test('where no address can move nobody is asked', async () => {
  expect(await tried(undefined, true, 'local')).toEqual({ may: false, questions: [], types: [] });
});

test('a change of version never takes the address away; a first build may, and --yes agrees to it', () => {
  for (const yes of [false, true]) {
    expect(agreedByOption({ first: true, yes, spares: true })).toBe(true);
    expect(agreedByOption({ first: false, yes, spares: true })).toBe(false);
    expect(agreedByOption({ first: false, yes, spares: false })).toBe(yes ? true : undefined);
  }
});

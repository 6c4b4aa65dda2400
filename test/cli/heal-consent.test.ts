/** Nothing changes a cluster unasked, also where nothing restarts. */
import { expect, test } from 'vitest';
import { agreeing } from '../../src/cli/clinic/agree.js';
import { Mistaken } from '../../src/cli/complaint.js';
import type { Treatment } from '../../src/engine/heal/treatments.js';
import type { Plan } from '../../src/model/plan.js';
import type { Risk } from '../../src/model/resource.js';

const plan: Plan = {
  cluster: 'c',
  examined: 1,
  unseen: [],
  digest: '',
  steps: [
    {
      id: 'a/file/f',
      host: 'a',
      kind: 'file',
      key: 'f',
      stage: 'host',
      because: '',
      changes: [],
      actions: [],
      risk: 'none',
      after: [],
      question: { ask: 'host', script: '' },
      seen: '',
    },
  ],
};
const treated = (risk: Risk): readonly Treatment[] => [
  {
    case: 'x',
    finding: { variant: 'v', host: 'a', subject: { name: 's' }, facts: {}, says: 'is ill', shows: [] },
    therapy: { title: 't', risk, want: [] },
  },
];

test.skipIf(process.stdin.isTTY).each(['none', 'restart', 'downtime', 'data'] as const)(
  'risk %s is asked about, and there is nobody to ask',
  async risk => {
    await expect(agreeing({ json: true })(plan, treated(risk))).rejects.toThrow(Mistaken);
  },
);

test('--yes agrees to what loses no data', async () => {
  expect(await agreeing({ json: true, yes: true })(plan, treated('none'))).toBe(true);
  expect(await agreeing({ json: true, yes: true })(plan, treated('downtime'))).toBe(true);
});

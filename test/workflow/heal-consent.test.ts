/** Nothing changes a cluster unasked, also where nothing restarts. */
import { expect, test } from 'vitest';
import { type Consenting, proposing } from '../../src/workflow/clinic/propose.js';
import { Mistaken } from '../../src/workflow/mistaken.js';
import type { Treatment } from '../../src/engine/heal/treatments.js';
import type { Plan } from '../../src/model/plan.js';
import { sh } from '../../src/shell/sh.js';
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
      question: { ask: 'host', script: sh`` },
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

const agree = (options: Consenting, risk: Risk): Promise<boolean> =>
  proposing({ emit: () => undefined, ports: {} }, options)(plan, treated(risk));

test.each(['none', 'restart', 'downtime', 'data'] as const)(
  'risk %s is asked about, and there is nobody to ask',
  async risk => {
    await expect(agree({}, risk)).rejects.toThrow(Mistaken);
  },
);

test('--yes agrees to what loses no data', async () => {
  expect(await agree({ yes: true }, 'none')).toBe(true);
  expect(await agree({ yes: true }, 'downtime')).toBe(true);
});

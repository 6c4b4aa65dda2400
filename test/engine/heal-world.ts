/** A simulated world for healing: what is wanted becomes so, or does not, and the clinic is asked again. */
import type { Case, Therapy } from '../../src/clinic/case.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import { examine } from '../../src/clinic/examine/examine.js';
import { noFile } from '../../src/clinic/therapies/files.js';
import { type Acted, defaultTimeouts, type Healing } from '../../src/engine/heal/index.js';
import type { Plan } from '../../src/model/plan.js';
import { idOf, type Resource } from '../../src/model/resource.js';
import { kindsAt } from '../../src/resources/index.js';

/** Ills are names; a case `x` is sick while the world holds its ill. */
export interface World {
  readonly ills: Set<string>;
  readonly scripts: string[];
  readonly plans: Plan[];
  seconds: number;
  answers: Acted;
  onAct: () => void;
  onKeep: number;
  agreed: boolean;
}

export const caseOf = (
  id: string,
  world: World,
  therapy: Partial<Therapy> & { readonly refused?: string } = {},
  explains: readonly string[] = [],
  host = 'a',
): Case => ({
  id,
  precedence: 0,
  title: id,
  variants: { v: { means: 'is ill', says: () => `${id} is ill`, shows: () => [] } },
  symptoms: [],
  explains,
  lab: false,
  sources: [],
  verify: () => [],
  diagnose: () =>
    world.ills.has(id)
      ? {
          verdict: 'sick',
          findings: [{ variant: 'v', host, subject: { path: '/x' }, facts: {}, says: `${id} is ill`, shows: [] }],
        }
      : { verdict: 'healthy' },
  therapy: () =>
    therapy.refused !== undefined
      ? { refused: therapy.refused, advice: ['do it'] }
      : { title: `cure ${id}`, risk: 'none', want: [noFile(`/tmp/${id}`, { host, because: id })], ...therapy },
});

export const worldOf = (...ills: string[]): World => ({
  ills: new Set(ills),
  scripts: [],
  plans: [],
  seconds: 0,
  answers: { ok: true, exitCode: 0, message: '' },
  onAct: () => undefined,
  onKeep: 0,
  agreed: true,
});

export const partsIn = (dir: string, world: World, cases: readonly Case[], more: Partial<Healing> = {}): Healing => ({
  cluster: 'c',
  dir,
  cases,
  chosen: [],
  dryRun: false,
  kinds: kindsAt(() => new Date(0)),
  etcdHosts: ['a'],
  timeouts: { ...defaultTimeouts, proofSeconds: 10, settleSeconds: 10 },
  run: async (_, script) => {
    world.scripts.push(script);
    return { code: world.onKeep, stdout: '', stderr: world.onKeep === 0 ? '' : 'disk full' };
  },
  api: () => Promise.reject(new Error('no API')),
  examine: async () => {
    const chart: Chart = {
      now: new Date(world.seconds * 1000).toISOString(),
      hosts: new Map(),
      api: {
        version: { host: 'cluster', source: '', at: '', value: { gitVersion: 'v1.20.2', server: 'a' } },
        objects: {},
      },
    };
    return { chart, report: examine(chart, cases) };
  },
  // Every file that shall be away is there.
  read: async resources =>
    new Map(resources.map((one: Resource) => [idOf(one), { raw: `file 644 root:root ${'0'.repeat(64)}\n` }])),
  act: async (plan, _, { before, afterwards }) => {
    await before();
    world.plans.push(plan);
    if (world.answers.ok) world.onAct();
    await afterwards(world.answers);
  },
  agree: async () => world.agreed,
  tell: () => undefined,
  clock: () => new Date(world.seconds * 1000),
  sleep: async seconds => {
    world.seconds += seconds;
  },
  newId: () => `id${world.plans.length}`,
  ...more,
});

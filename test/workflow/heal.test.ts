/**
 * A whole `heal` without a terminal: one illness, its therapy on a host that is this machine's shell, and the proof.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Case } from '../../src/clinic/case.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import { noFile } from '../../src/clinic/therapies/files.js';
import { failed } from '../../src/artifacts/failure.js';
import { openSession } from '../../src/engine/session.js';
import { readCluster } from '../../src/spec/index.js';
import type { Target } from '../../src/workflow/clinic/target.js';
import { heal, healTarget } from '../../src/workflow/heal.js';
import type { ConsentAnswer, ConsentRequest } from '../../src/workflow/ports.js';
import { begin, type Story } from '../../src/workflow/story.js';
import { type World, world } from '../engine/world.js';
import { recordedPorts } from './recorded-ports.js';
import { addressOf, simulated } from './simulated-host.js';

let w: World;
let bad: string;
beforeEach(() => {
  w = world([{ host: 'kw-1', name: 'unused', want: { text: '' } }]);
  bad = join(w.root, 'kw-1', 'bad');
  writeFileSync(bad, 'what makes it ill');
});
afterEach(() => w.clean());

/** Sick while the file is there; its therapy takes it away, or another one (which does not help). */
const caseOf = (takesAway = bad): Case => ({
  id: 'bad-file',
  precedence: 0,
  title: 'A file that makes ill',
  variants: { there: { means: 'it is there', says: () => 'the file is there', shows: () => [] } },
  symptoms: [],
  explains: [],
  lab: false,
  sources: [],
  verify: () => [],
  diagnose: () =>
    existsSync(bad)
      ? {
          verdict: 'sick',
          findings: [
            { variant: 'there', host: 'kw-1', subject: { path: '/bad' }, facts: {}, says: 'it is there', shows: [] },
          ],
        }
      : { verdict: 'healthy' },
  therapy: () => ({
    title: 'take it away',
    risk: 'none',
    want: [noFile(takesAway, { host: 'kw-1', because: 'it makes ill' })],
  }),
});

const chart: Chart = {
  now: new Date().toISOString(),
  hosts: new Map(),
  api: { version: { host: 'cluster', source: '', at: '', value: { gitVersion: 'v1.29.3', server: 'a' } }, objects: {} },
};

const targetOf = async (story: Story): Promise<Target> => {
  const checked = readCluster(
    'apiVersion: kubewizard/v1\nkind: Cluster\nname: demo\nkubernetes: 1.29.3\nhosts: [{ name: kw-1, ' +
      `address: ${addressOf('kw-1')} }]\n`,
    'cluster.yaml',
  );
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const session = await openSession(checked.value, {
    dir: join(w.root, 'control-machine'),
    kinds: story.craft.kinds,
    clock: story.ports.clock,
    emit: story.emit,
    connect: host => simulated(w.host(host.name)),
  });
  return { session, built: 'kubewizard', chart: async () => chart, close: () => session.close() };
};

const timeouts = { rounds: 2, proofSeconds: 1, settleSeconds: 1, everySeconds: 0.2 };
const healed = async (
  one: Case,
  answer?: (request: ConsentRequest) => ConsentAnswer,
  { artifacts, ...more }: { readonly dryRun?: boolean; readonly artifacts?: Target['artifacts'] } = {},
) => {
  const recorded = recordedPorts(answer ? { answer } : {});
  const story = begin(recorded.ports);
  const target = { ...(await targetOf(story)), ...(artifacts && { artifacts }) };
  // The vault is opened before a run signs anything.
  await target.session.vault();
  const result = await healTarget(story, target, { cases: [one], timeouts, ...more }).finally(() => target.close());
  return { result, ...recorded };
};

test('examination, proposal, question, work, proof: every word in its order', async () => {
  const { result, types, asked, events } = await healed(caseOf(), () => true);
  expect(result).toMatchObject({ exitCode: 0, cured: ['bad-file/there kw-1 /bad'] });
  expect(existsSync(bad)).toBe(false);
  expect(asked).toEqual([{ risk: 'none', says: 'Nothing restarts. Apply this?' }]);
  expect(types()).toEqual([
    'host-connecting',
    'host-ready',
    'examination',
    'therapy-proposed',
    'plan',
    'consent-needed',
    'consent-given',
    'therapy-started',
    'run-started',
    'step-started',
    'step-done',
    'run-ended',
    'examination',
    'therapy-proven',
  ]);
  expect(events.filter(event => event.type === 'examination').map(event => event.causes)).toEqual([
    ['bad-file/there kw-1 /bad'],
    [],
  ]);
});

test('a therapy that does not help is taken back, in words and in fact', async () => {
  const other = join(w.root, 'kw-1', 'other');
  writeFileSync(other, 'kept');
  const { result, types } = await healed(caseOf(other), () => true);
  expect(result).toMatchObject({ exitCode: 16, takenBack: ['bad-file/there kw-1 /bad'] });
  expect(existsSync(other)).toBe(true);
  expect(types().slice(-3)).toEqual(['examination', 'note', 'therapy-rolled-back']);
});

test('a dry run proposes and asks nobody; who says no has nothing changed', async () => {
  const dry = await healed(caseOf(), undefined, { dryRun: true });
  expect([dry.result.exitCode, dry.types().at(-1)]).toEqual([2, 'plan']);
  const no = await healed(caseOf(), () => false);
  expect([no.result.exitCode, no.types().at(-1), existsSync(bad)]).toEqual([14, 'consent-refused', true]);
});

test('artifacts are asked for only where something is ill, and a heal goes on without them', async () => {
  let asked = 0;
  const artifacts = async () => {
    asked++;
    throw failed('refused', 'no source has them', 'Name a mirror.');
  };
  const ill = await healed(caseOf(), () => true, { artifacts });
  expect([ill.result.exitCode, asked]).toEqual([0, 1]);
  expect(ill.events.filter(event => event.type === 'note').map(event => event.says)).toContain(
    'therapies that write what kw up would write are left out: no source has them',
  );
  await healed(caseOf(), () => true, { artifacts });
  expect(asked).toBe(1);
});

test('a case that nobody knows is a mistake before any host is asked', async () => {
  const { ports, events } = recordedPorts();
  const file = () => Promise.reject(new Error('not read'));
  await expect(heal({ file }, ports, { chosen: ['no-such-case'] })).rejects.toMatchObject({
    problems: [{ code: 'unknown-case' }],
  });
  expect(events).toEqual([]);
});

/** What hosts say before a build, however little of it makes sense. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { preflight, stops } from '../../src/workflow/build/preflight.js';
import type { Query, Seen } from '../../src/engine/survey.js';
import { planJson } from '../../src/plan/json.js';
import { readCluster } from '../../src/spec/index.js';
import { emptyHost } from '../golden/input.js';

const recorded = readFileSync(new URL('../facts/fixtures/preflight-lab-control-plane.txt', import.meta.url), 'utf8');
const checked = readCluster(
  `apiVersion: kubewizard/v1
kind: Cluster
name: demo
kubernetes: 1.20.2
hosts: [{ name: kw-1, address: 10.88.1.11 }, { name: kw-2, address: 10.88.1.12 }]
`,
  'cluster.yaml',
);
if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
const { value: spec } = checked;

/** Hosts that say this. */
const asked = (answers: Readonly<Record<string, Seen>>) =>
  preflight(
    {
      spec,
      ask: async (queries: readonly Query[]) =>
        new Map(
          queries.flatMap(({ id, heard }) => {
            heard?.();
            const answer = answers[id];
            return answer ? [[id, answer] as const] : [];
          }),
        ),
    },
    new Map(spec.hosts.map(host => [host.name, emptyHost(host.name)])),
    () => new Date(),
  );
const told = async (answers: Readonly<Record<string, Seen>>) =>
  (await asked(answers)).filter(one => one.host === 'kw-2').map(one => `${one.severity} ${one.code}: ${one.says}`);

test('garbage and silence are unknown, and no bug of ours', async () => {
  const well = { raw: recorded.replace(/^==kw clock\n.*\n/m, `==kw clock\n${Date.now() / 1000}\n`) };
  expect(await told({ 'kw-1': well, 'kw-2': { raw: 'Segmentation fault\n' } })).toEqual([
    'warning preflight-unanswered: nothing is known of it before the build: preflight: none of the questions ' +
      'was answered',
  ]);
  expect(await told({ 'kw-1': well, 'kw-2': { missing: 'no word for 60 s' } })).toEqual([
    'warning preflight-unanswered: nothing is known of it before the build: no word for 60 s',
  ]);
  expect(await told({ 'kw-1': well })).toHaveLength(1);
});

test('a clock is compared with the control machine’s at the moment of its answer', async () => {
  const late = { raw: recorded.replace(/^==kw clock\n.*\n/m, `==kw clock\n${Date.now() / 1000 - 100}\n`) };
  expect((await told({ 'kw-2': late })).join('\n')).toContain('error clock-off');
});

test('a plan for programs says what stands in its way', async () => {
  const findings = await asked({ 'kw-1': { raw: recorded }, 'kw-2': { raw: recorded } });
  expect(stops(findings)).toBe(true);
  const json = JSON.parse(planJson({ cluster: 'demo', steps: [], examined: 0, unseen: [], digest: '' }, findings));
  expect(json.preflight).toContainEqual(
    expect.objectContaining({ host: 'kw-2', severity: 'error', code: 'same-hostname', help: expect.any(String) }),
  );
});

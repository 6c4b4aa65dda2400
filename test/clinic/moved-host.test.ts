/** A host that moved, and a flag that somebody mistyped, look alike to one program: only the second one is healed. */
import { expect, test } from 'vitest';
import moved from '../../src/clinic/cases/control-plane/control-plane-ip-changed/case.js';
import { readFixture } from './fixture.js';

const therapies = async (file: string) => {
  const { chart } = await readFixture(moved.id, file);
  const verdict = moved.diagnose(chart);
  if (verdict.verdict !== 'sick') throw new Error(verdict.verdict);
  return verdict.findings.map(one => moved.therapy(one, chart));
};

test('where the cluster file has the address that the host moved to, nothing is put back: kw up is named', async () => {
  const all = await therapies('sick-followed.yaml');
  expect(all).toHaveLength(3);
  for (const one of all) {
    expect(one).toHaveProperty('refused');
    expect(JSON.stringify(one)).toMatch(/it has moved: kw plan, kw up/);
  }
});

test('one program alone that is told another address is given its own again', async () => {
  expect(await therapies('sick-etcd.yaml')).toMatchObject([{ risk: 'restart' }]);
});

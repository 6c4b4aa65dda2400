/** The API that answers under the right CA may still be another cluster's: its `kube-system` tells. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Seen } from '../../src/engine/survey.js';
import { claim, rememberedIdentity } from '../../src/engine/vault/identity.js';
import { readCluster } from '../../src/spec/index.js';
import { sameApi } from '../../src/workflow/build/same-api.js';

const [one, other] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
const read = readCluster('name: demo\nhosts: [10.0.0.1, 10.0.0.2, 10.0.0.3]', 'cluster.yaml');
if (!read.ok) throw new Error('a cluster');
const spec = read.value;

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kw-same-api-'));
  onTestFinished(() => rm(dir, { recursive: true }));
});

const answers = (raw: string | undefined) => async (queries: readonly { readonly id: string }[]) =>
  new Map(
    queries.map(({ id }): [string, Seen] => [
      id,
      raw === undefined ? { missing: 'nobody answers' } : ({ raw } as Seen),
    ]),
  );
const api = (uid: unknown) =>
  answers(JSON.stringify({ status: 200, body: { metadata: { name: 'kube-system', uid } } }));
const facts = (...data: readonly (boolean | undefined)[]) =>
  new Map(
    data.flatMap((etcdDataExists, n) =>
      etcdDataExists === undefined ? [] : [[spec.hosts[n]?.name ?? '', { etcdDataExists }] as const],
    ),
  );
const living = facts(true, true, true);
const remembers = async () => (await rememberedIdentity(dir)).uid;

describe('a living cluster', () => {
  test('is remembered by its kube-system, and known by it', async () => {
    await claim(dir, { authorities: ['a'.repeat(64)] });
    await sameApi({ spec, dir, ask: api(one) }, living);
    expect(await rememberedIdentity(dir)).toEqual({ authorities: ['a'.repeat(64)], uid: one });
    await sameApi({ spec, dir, ask: api(one) }, living);
    expect(await remembers()).toBe(one);
  });

  test('of the same CA with another kube-system is refused with both, and nothing is written', async () => {
    await claim(dir, { authorities: ['a'.repeat(64)], uid: one });
    const run = sameApi({ spec, dir, ask: api(other) }, living);
    await expect(run).rejects.toMatchObject({ failure: { class: 'refused', message: expect.stringContaining(other) } });
    await expect(sameApi({ spec, dir, ask: api(other) }, living)).rejects.toThrow(one);
    expect(await remembers()).toBe(one);
  });

  test.each([
    ['nobody answers', answers(undefined)],
    ['it refuses', answers('{"status":403,"body":{}}')],
    ['it answers nonsense', answers('<html>')],
    ['its UID is none', api('x; reboot')],
    ['its UID is no text', api(7)],
  ])('is as known as before where %s', async (_, ask) => {
    await claim(dir, { authorities: ['a'.repeat(64)], uid: one });
    await sameApi({ spec, dir, ask }, living);
    expect(await remembers()).toBe(one);
  });
});

describe('hosts of etcd without data', () => {
  test('found a cluster with a kube-system of its own: the old one is forgotten', async () => {
    await claim(dir, { authorities: ['a'.repeat(64)], uid: one });
    await sameApi({ spec, dir, ask: api(other) }, facts(false, false, false));
    expect(await rememberedIdentity(dir)).toEqual({ authorities: ['a'.repeat(64)] });
  });

  test('prove nothing while one of them is not seen, or holds data', async () => {
    await claim(dir, { authorities: ['a'.repeat(64)], uid: one });
    for (const some of [facts(false, false, undefined), facts(false, true, false)])
      await expect(sameApi({ spec, dir, ask: api(other) }, some)).rejects.toThrow(one);
  });
});

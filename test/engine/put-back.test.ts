/** A turn of a rollout that fails is put back by itself, and told with both reasons; no later wave is touched. */
import { expect, test } from 'vitest';
import { drainAnnotation } from '../../src/model/drain.js';
import { type EventBody, WorldFailed } from '../../src/model/event.js';
import { asBefore, emptyLab, labOf } from './put-back-labs.js';
import { type Carried, type Name, programs, type State, textOf, type Wish } from './put-back-world.js';

const backs = ({ events }: Pick<Carried, 'events'>) =>
  events.filter((event): event is Extract<EventBody, { type: 'put-back' }> => event.type === 'put-back');

test('the smallest: one host, one bad flag', async () => {
  const l = await labOf(1, ['kube-scheduler']);
  const wish: Wish = { 'kube-scheduler': { flag: 'bad' } };
  const ran = await l.up(wish);
  expect(ran.outcome).toMatchObject({ ok: false });
  expect(backs(ran)).toMatchObject([{ host: 'kw-1', ok: true, units: ['kube-scheduler'] }]);
  expect(ran.outcome.failures[0]?.message).toMatch(
    /^new: kube-scheduler\.service has ended \d times since .*; put back: kube-scheduler serves again as before after \d+ s\n/,
  );
  asBefore(l, ['kube-scheduler']);
  // It is what it was, with nothing owed: the same wish has the same plan again.
  expect((await l.plan({})).plan.steps).toEqual([]);
});

const mistakes: readonly State[] = [{ binary: 'bad' }, { flag: 'bad' }, { config: 'bad' }, { config: 'deaf' }];

test.each(programs.map((name, at) => [name, at % 2 === 0 ? 3 : 1] as const))(
  '%s on %i hosts: each mistake is found on the first, and put back there',
  async (name, count) => {
    const l = await labOf(count, [name]);
    // Nobody can ask a keepalived.
    for (const state of mistakes.filter(({ config }) => name !== 'kw-keepalived' || config !== 'deaf')) {
      const others = l.names.slice(1).map(host => l.starts(host, name));
      const ran = await l.up({ [name]: state });
      expect(l.names.slice(1).map(host => l.starts(host, name))).toEqual(others);
      if (name === 'etcd' && state.binary) {
        expect(backs(ran)).toMatchObject([{ host: 'kw-1', ok: false }]);
        expect(ran.outcome.failures[0]?.message).toMatch(/; not put back: point of no return: etcd bad may write/);
        expect((await l.up({})).outcome).toMatchObject({ ok: true });
      } else {
        expect(backs(ran)).toMatchObject([{ host: 'kw-1', ok: true }]);
        expect(ran.outcome.failures).toHaveLength(1);
      }
      asBefore(l, [name]);
    }
  },
  300_000,
);

test('the second host fails: the first keeps what it has proven, and the third was never touched', async () => {
  const has: readonly Name[] = ['kube-apiserver'];
  const l = await labOf(3, has);
  const planned = await l.plan({ 'kube-apiserver': { config: 'c2' } });
  const ran = await l.carry(planned, {
    told: event => {
      // From then on this host has a disk on which nothing serves.
      if (event.type === 'step-done' && event.host === 'kw-1' && event.step.includes('/service/'))
        l.spoil('kw-2', 'kube-apiserver');
    },
  });
  expect(backs(ran)).toMatchObject([{ host: 'kw-2', ok: true }]);
  expect(l.runs('kw-1', 'kube-apiserver')).toBe(textOf('kube-apiserver', { config: 'c2' }));
  l.mend('kw-2', 'kube-apiserver');
  asBefore(l, has, ['kw-2', 'kw-3']);
  expect(l.starts('kw-3', 'kube-apiserver')).toBe(1);
  expect((await l.up({ 'kube-apiserver': { config: 'c2' } })).outcome).toMatchObject({ ok: true });
});

test('units of one turn go back together: a kubelet may fail since its runtime is another', async () => {
  const has: readonly Name[] = ['containerd', 'kubelet'];
  const l = await labOf(1, has);
  const ran = await l.up({ containerd: { config: 'c2' }, kubelet: { config: 'bad' } });
  expect(backs(ran)).toMatchObject([{ units: ['containerd', 'kubelet'], ok: true }]);
  asBefore(l, has);
});

test('what its guard keeps running is not restarted: its files go back, and nothing is owed', async () => {
  const l = await labOf(1, ['etcd']);
  const ran = await l.up({ etcd: { flag: 'f2', guarded: true } });
  expect(ran.outcome.failures[0]?.message).toMatch(/^new: not restarted, the guard refused.*; put back: etcd serves/);
  expect(l.starts('kw-1', 'etcd')).toBe(1);
  asBefore(l, ['etcd']);
  expect((await l.plan({})).plan.steps).toEqual([]);
});

test('whenever a unit ends before it is proven, what was kept of its turn is still there', async () => {
  const has: readonly Name[] = ['containerd', 'kubelet'];
  const l = await labOf(1, has);
  const seen = new Set<string>();
  for (let looks = 0; ; looks += 1) {
    l.lives('kw-1', looks);
    const ran = await l.up({ containerd: { config: 'mortal' }, kubelet: { config: 'c2' } });
    if (ran.outcome.ok) break;
    expect([looks, backs(ran)]).toMatchObject([looks, [{ ok: true, units: has }]]);
    asBefore(l, has);
    for (const failure of ran.outcome.failures) seen.add(failure.class);
  }
  expect([...seen]).toContain('unproven');
  expect(l.kept('kw-1')).toBe(false);
});

test('how often a unit ended before its turn says nothing of the turn', async () => {
  const l = await labOf(1, ['kw-keepalived']);
  const wish: Wish = { 'kw-keepalived': { config: 'c2' } };
  l.ended('kw-1', 'kw-keepalived', 7);
  const stop = new AbortController();
  const ran = await l.carry(await l.plan(wish), {
    signal: stop.signal,
    told: event => {
      if (event.type === 'step-waiting') stop.abort(new WorldFailed({ class: 'locked', message: 'bob runs kw up' }));
    },
  });
  expect(ran.outcome.failures).toEqual([]);
  // What reads its files again is not started anew; and what nobody saw serve is asked, no more.
  l.ended('kw-1', 'kw-keepalived', 7);
  expect((await l.up(wish)).outcome).toMatchObject({ ok: true, failures: [] });
  l.ended('kw-1', 'kw-keepalived', 7);
  expect((await l.up({ 'kw-keepalived': { config: 'c3' } })).outcome).toMatchObject({ ok: true, failures: [] });
  expect([l.starts('kw-1', 'kw-keepalived'), l.kept('kw-1')]).toEqual([1, false]);
});

test('a node that was drained for its turn takes pods again', async () => {
  const l = await labOf(1, ['kubelet']);
  const { plan, resources } = await l.plan({ kubelet: { flag: 'bad' } });
  const unit = plan.steps.find(({ kind }) => kind === 'service') ?? expect.fail('no step');
  const given: typeof unit = {
    ...{ ...unit, id: 'cluster/uncordoned/kw-1', host: 'cluster', kind: 'uncordoned', key: 'kw-1', after: [unit.id] },
    ...{ actions: [{ do: 'uncordon', node: 'kw-1' }], question: { ask: 'api', path: '/api/v1/nodes/kw-1' } },
  };
  const written: unknown[] = [];
  const node = { metadata: { resourceVersion: '1', annotations: { [drainAnnotation]: 'cordoned,drained' } } };
  const ran = await l.carry(
    { plan: { ...plan, steps: [...plan.steps, given] }, resources },
    {
      api: {
        async request(method, _, body) {
          if (method === 'PATCH') written.push(body);
          return { status: 200, body: { ...node, spec: { unschedulable: true } } };
        },
      },
    },
  );
  expect(backs(ran)).toMatchObject([{ ok: true }]);
  expect(written).toMatchObject([
    { metadata: { annotations: { [drainAnnotation]: null } }, spec: { unschedulable: null } },
  ]);
});

test('what does not serve any more when its turn comes has nothing to be put back to', async () => {
  const l = await labOf(1, ['kube-scheduler']);
  const planned = await l.plan({ 'kube-scheduler': { config: 'bad' } });
  l.crash('kw-1', 'kube-scheduler');
  const ran = await l.carry(planned);
  expect(backs(ran)).toMatchObject([{ ok: false, says: 'not put back: it did not serve before either' }]);
  expect(l.kept('kw-1')).toBe(false);
});

test('a first build keeps nothing, and puts nothing back', async () => {
  const l = emptyLab(1, ['kubelet']);
  const ran = await l.up({ kubelet: { flag: 'deaf' } });
  expect(ran.outcome).toMatchObject({ ok: false });
  expect(ran.events.filter(({ type }) => type.startsWith('put-back'))).toEqual([]);
});

test('whoever has lost the lock touches nothing more, an interruption by a person ends what was begun', async () => {
  for (const reason of [new WorldFailed({ class: 'locked', message: 'bob runs kw up' }), undefined]) {
    const l = await labOf(1, ['kubelet']);
    const stop = new AbortController();
    const ran = await l.carry(await l.plan({ kubelet: { flag: 'bad' } }), {
      signal: stop.signal,
      told: event => {
        if (event.type === 'step-waiting') stop.abort(reason);
      },
    });
    expect(backs(ran)).toMatchObject([{ ok: reason === undefined }]);
    if (reason) {
      expect(ran.outcome.failures[0]?.message).toContain('not put back: bob runs kw up');
      // The next run finds on the host what is owed, though it never heard of this one.
      expect((await l.plan({})).plan.steps.map(({ kind }) => kind)).toEqual(['file', 'service']);
      expect((await l.up({ kubelet: { flag: 'bad' } })).outcome).toMatchObject({ ok: false });
    }
    asBefore(l, ['kubelet']);
  }
});

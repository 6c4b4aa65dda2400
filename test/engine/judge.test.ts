/** What counts as drift, on a unit that systemd starts again and again. */
import { expect, test } from 'vitest';
import { judgeBefore } from '../../src/engine/run/judge.js';
import type { Step } from '../../src/model/plan.js';
import { service } from '../../src/resources/service.js';

const want = { running: true, atBoot: true, reads: [] };
const answer = (active: string, sub: string, boot = 'enabled'): string =>
  `ActiveState=${active}\nSubState=${sub}\nUnitFileState=${boot}\nLoadState=loaded\nExecMainStartTimestamp=\n\nnow \n`;
const planned = (raw: string): Step => {
  const fact = service.read('etcd.service', want);
  const changes = service.diff(want, fact.parse(raw));
  return {
    id: 'a/service/etcd.service',
    host: 'a',
    kind: 'service',
    key: 'etcd.service',
    stage: 'etcd',
    because: '',
    after: [],
    seen: '',
    question: fact.question,
    changes,
    ...service.plan('etcd.service', want, changes),
  };
};
const verdict = (then: string, now: string): string =>
  judgeBefore(planned(then), now, false, {
    kinds: { service },
    wanted: new Map([
      [
        'a/service/etcd.service',
        { kind: 'service', host: 'a', key: 'etcd.service', want, stage: 'etcd', after: [], because: '' },
      ],
    ]),
  }).verdict;

test('a unit that failed when the plan was made and is coming up now is started as planned', () => {
  expect(verdict(answer('failed', 'failed'), answer('activating', 'auto-restart'))).toBe('go');
  expect(verdict(answer('activating', 'auto-restart'), answer('active', 'running'))).toBe('converged');
});

test('that somebody disabled it meanwhile is drift', () => {
  expect(verdict(answer('failed', 'failed'), answer('failed', 'failed', 'disabled'))).toBe('drift');
});

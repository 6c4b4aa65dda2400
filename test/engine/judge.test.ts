/** What counts as drift, on a unit that systemd starts again and again. */
import { expect, test } from 'vitest';
import { judgeBefore } from '../../src/engine/run/judge.js';
import type { Step } from '../../src/model/plan.js';
import { service } from '../../src/resources/service.js';
import type { ServiceWant } from '../../src/resources/wants.js';
import { sh } from '../../src/shell/sh.js';

const want: ServiceWant = { running: true, atBoot: true, reads: ['/etc/x'] };
const answer = (active: string, sub: string, boot = 'enabled', mark = 'new'): string =>
  `ActiveState=${active}\nSubState=${sub}\nUnitFileState=${boot}\nLoadState=loaded\nExecMainStartTimestamp=\n\n` +
  `now /etc/x=${mark}|\nthen /etc/x=new|\n`;
const planned = (raw: string, want: ServiceWant): Step => {
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
const verdict = (then: string, now: string, of = want): string =>
  judgeBefore(planned(then, of), now, false, {
    kinds: { service },
    wanted: new Map([
      [
        'a/service/etcd.service',
        { kind: 'service', host: 'a', key: 'etcd.service', want: of, stage: 'etcd', after: [], because: '' },
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

test('what is to be started anew, and is met between two of its own starts, is started anew', () => {
  const between = answer('activating', 'auto-restart');
  expect(verdict(answer('active', 'running', 'enabled', 'other'), between)).toBe('go');
  expect(verdict(answer('active', 'running', 'disabled'), answer('activating', 'auto-restart', 'disabled'))).toBe(
    'drift',
  );
  // Its guard says whether it may be started at all: a plan that did not ask it starts nothing.
  const guarded = { ...want, startGuard: sh`false` };
  expect(verdict(answer('active', 'running', 'enabled', 'other'), between, guarded)).toBe('drift');
});

import { expect, test } from 'vitest';
import { rehearsalText } from '../../src/cli/view/rehearsal.js';
import type { RehearsalReport } from '../../src/workflow/rehearse.js';

const report: RehearsalReport = {
  cluster: 'prod',
  from: '1.35.6',
  to: '1.36.4',
  host: 'kw-1',
  backup: '/var/lib/kubewizard/snapshots/etcd-1.db',
  readyAfter: { now: 5, next: 4 },
  breaks: [],
  versionsGone: [],
  untried: [],
  kinds: 63,
  objects: 877,
};

test('nothing breaks: what was tried, and what was not', () => {
  expect(rehearsalText(report, false)).toBe(`\
prod: 1.35.6 → 1.36.4, rehearsed on kw-1 with /var/lib/kubewizard/snapshots/etcd-1.db: nothing breaks
877 objects of 63 kinds were read by both; 1.35.6 was ready after 5 s, 1.36.4 after 4 s
Not rehearsed: kubelets, controllers, webhooks, and what a drain meets: kw upgrade --check
`);
});

test('what breaks comes first, in its own words, and no word of a host moves the terminal', () => {
  const text = rehearsalText(
    {
      ...report,
      readyAfter: { now: 5 },
      breaks: [{ what: 'no-start', log: 'Error: invalid argument\n\u001b[2Jtomorrow' }],
      untried: [{ kind: 'tapes.music.example', why: 'conversion webhook failed' }],
    },
    false,
  );
  expect(text).toContain('1 thing would break\n  the API server 1.36.4 does not start with these flags and data:\n');
  expect(text).toContain('    Error: invalid argument\n');
  expect(text).not.toContain('\u001b');
  expect(text).toContain('1.36.4 never became ready\n');
  expect(text).toContain(
    'not tried: tapes.music.example: not even 1.35.6 could list it here: conversion webhook failed',
  );
  const gone = rehearsalText(
    {
      ...report,
      breaks: [
        { what: 'kind-gone', kind: 'podsecuritypolicies.policy', objects: 2 },
        { what: 'unreadable', kind: 'pods', objects: 1, why: 'no kind "Pod" is registered' },
        { what: 'fewer', kind: 'secrets', before: 9, after: 8 },
      ],
      versionsGone: ['policy/v1beta1'],
    },
    false,
  );
  expect(gone).toContain('3 things would break');
  expect(gone).toContain('  podsecuritypolicies.policy: 2 objects of a kind that 1.36.4 does not serve\n');
  expect(gone).toContain('  pods: 1 object that 1.36.4 cannot list: no kind "Pod" is registered\n');
  expect(gone).toContain('  secrets: 9 objects, of which 1.36.4 lists 8\n');
  expect(gone).toContain('1.36.4 does not serve policy/v1beta1 any more: kw upgrade --check says who asks\n');
});

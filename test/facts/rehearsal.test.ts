import { expect, test } from 'vitest';
import { readRehearsal } from '../../src/facts/rehearsal.js';
import { judgeRehearsal } from '../../src/preflight/rehearsal.js';

const packed = (text: string): string => Buffer.from(text).toString('base64');
const now = [
  'now ready 5',
  'now version v1',
  'now version policy/v1beta1',
  'now kind pods 12',
  'now kind events 40',
  'now kind podsecuritypolicies.policy 2',
  'now kind leases.coordination.k8s.io 9',
  `now fails tapes.music.example ${packed('Error from server: conversion webhook for music.example/v1 failed')}`,
];
const next = ['next ready 7', 'next version v1', 'next kind pods 12', 'next kind events 39'];
const judged = (more: readonly string[]) => judgeRehearsal(readRehearsal([...now, ...more, 'end', ''].join('\n')));

test('only what the version that runs could do, and the next one cannot, breaks', () => {
  const all = [...next, 'next kind podsecuritypolicies.policy 2', 'next kind leases.coordination.k8s.io 3'];
  expect(judged(all)).toEqual({
    breaks: [],
    versionsGone: ['policy/v1beta1'],
    untried: [
      { kind: 'tapes.music.example', why: 'Error from server: conversion webhook for music.example/v1 failed' },
    ],
    kinds: 4,
    objects: 63,
  });
  expect(judged([...next, 'next kind leases.coordination.k8s.io 3']).breaks).toEqual([
    { what: 'kind-gone', kind: 'podsecuritypolicies.policy', objects: 2 },
  ]);
  const [, ...rest] = all.filter(line => !line.includes(' pods '));
  expect(judged(['next ready 7', ...rest, 'next kind pods 11']).breaks).toEqual([
    { what: 'fewer', kind: 'pods', before: 12, after: 11 },
  ]);
  expect(judged(['next ready 7', ...rest, `next fails pods ${packed('no kind "Pod" is registered')}`]).breaks).toEqual([
    { what: 'unreadable', kind: 'pods', objects: 12, why: 'no kind "Pod" is registered' },
  ]);
});

test('one that does not start, or does not become ready, is told by its own words', () => {
  const log = 'Error: invalid argument "tomorrow" for "--event-ttl" flag';
  expect(judged([`next log ${packed(log)}`]).breaks).toEqual([{ what: 'no-start', log }]);
  expect(judged(['next failing poststarthook/rbac/bootstrap-roles', `next log ${packed('x')}`]).breaks).toEqual([
    { what: 'not-ready', failing: ['poststarthook/rbac/bootstrap-roles'], log: 'x' },
  ]);
});

test('what broke off or makes no sense is not believed', () => {
  for (const text of [
    '',
    'now ready 5',
    ...['never ready 5', 'now ready soon', 'now kind pods -1', 'now kind Pods 1', 'now kind a b c', 'now nothing'].map(
      line => `${line}\nend`,
    ),
  ])
    expect(() => readRehearsal(text)).toThrow(expect.objectContaining({ name: 'Unreadable' }));
});

import { expect, test } from 'vitest';
import { withVersion } from '../../src/spec/with-version.js';

test.each([
  [
    'a plain one, and its comment stays',
    'name: a\nkubernetes: 1.36.3 # ours\nhosts: []\n',
    'name: a\nkubernetes: 1.37.2 # ours\nhosts: []\n',
  ],
  ['quoted', "kubernetes: '1.36.3'\n", 'kubernetes: 1.37.2\n'],
  ['none: behind the name', '# top\nname: a\nhosts: []\n', '# top\nname: a\nkubernetes: 1.37.2\nhosts: []\n'],
  ['none, and no line end', 'name: a', 'name: a\nkubernetes: 1.37.2\n'],
  ['in one line', '{name: a, kubernetes: 1.36.3, hosts: []}', '{name: a, kubernetes: 1.37.2, hosts: []}'],
  ['Windows line ends', 'name: a\r\nkubernetes: 1.36.3\r\n', 'name: a\r\nkubernetes: 1.37.2\r\n'],
  [
    'a key of the same name below another',
    'name: a\nx:\n  kubernetes: 1.1.1\nkubernetes: 1.36.3\n',
    'name: a\nx:\n  kubernetes: 1.1.1\nkubernetes: 1.37.2\n',
  ],
])('%s', (_, before, after) => expect(withVersion(before, '1.37.2')).toBe(after));

test.each(['- a\n', 'kubernetes: [1]\n', 'a: {b\n'])('%j has no place for it', text =>
  expect(withVersion(text, '1.37.2')).toBeUndefined(),
);

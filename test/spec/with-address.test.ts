import { expect, test } from 'vitest';
import { withAddress } from '../../src/spec/with-address.js';

const moved = (text: string, more: { readonly at?: number; readonly count?: number; readonly hostKey?: string } = {}) =>
  withAddress(text, { at: 1, count: 2, address: '10.0.0.9', ...more });

test.each([
  [
    'an entry of one line, and its comment stays',
    'hosts:\n  - {name: a, address: 10.0.0.1}\n  - {name: b, address: 10.0.0.2} # rack 2\n',
    'hosts:\n  - {name: a, address: 10.0.0.1}\n  - {name: b, address: 10.0.0.9} # rack 2\n',
  ],
  [
    'an entry of many lines, quoted',
    'hosts:\n  - name: a\n    address: 10.0.0.1\n  - name: b\n    address: "10.0.0.2"\n    roles: [worker]\n',
    'hosts:\n  - name: a\n    address: 10.0.0.1\n  - name: b\n    address: 10.0.0.9\n    roles: [worker]\n',
  ],
  ['addresses alone', 'hosts: [10.0.0.1, 10.0.0.2]\n', 'hosts: [10.0.0.1, 10.0.0.9]\n'],
])('%s', (_, before, after) => expect(moved(before)).toEqual({ text: after }));

test('the host key of the old machine goes with it, wherever it stands', () => {
  for (const entry of ['{address: 10.0.0.2, ssh: {hostKey: OLD}}', '{ssh: {hostKey: OLD}, address: 10.0.0.2}']) {
    const text = `hosts: [10.0.0.1, ${entry}]\n`;
    expect(moved(text)).toEqual({ not: 'host-key' });
    expect(moved(text, { hostKey: 'NEW' })).toEqual({
      text: text.replace('10.0.0.2', '10.0.0.9').replace('OLD', 'NEW'),
    });
  }
});

test.each([
  ['a range is many hosts', 'hosts: [10.0.0.1, "10.0.1.[1-3]"]\n', { count: 4 }, 'no-place'],
  ['hosts that are no list', 'hosts: 3\n', {}, 'no-place'],
  ['an entry without an address', 'hosts: [10.0.0.1, {name: b}]\n', {}, 'no-place'],
  ['an address for ssh', 'hosts: [10.0.0.1, {address: 10.0.0.2, ssh: {address: 192.0.2.7}}]\n', {}, 'ssh-address'],
] as const)('%s: not by a program', (_, text, more, not) => expect(moved(text, more)).toEqual({ not }));

/** What is said of hosts that left the file, and what a person agrees to. */
import { expect, test } from 'vitest';
import type { Reached, Removed } from '../../src/blueprint/input.js';
import { leavingFindings } from '../../src/preflight/leaving.js';
import { leavingText, unseenText } from '../../src/workflow/build/leaving-text.js';
import { versionAndMembers } from '../../src/workflow/build/version-change.js';
import { emptyHost } from '../golden/input.js';

const peer = { name: 'w-4', address: '10.0.0.4', podCidr: '10.244.3.0/24' };
const here: Reached = {
  is: 'here',
  host: { name: 'w-4', address: '10.0.0.4', roles: [], labels: {}, taints: [], ssh: {} },
  fact: emptyHost('w-4'),
};
const away: Reached = { is: 'unseen', why: 'no route\u001b[2J to host' };
const one = (node: Removed['node'], reached: Reached): Removed => ({ ...peer, node, reached });

test.each([
  ['here', one('ready', here), 'host-leaves', 'it is drained, its Node and its routes go; then it is reset'],
  ['cut off after its Node', one('absent', here), 'host-leaves', 'any more: then it is reset'],
  ['installed anew', one('away', { is: 'empty' }), 'host-leaves', 'nothing of this cluster is on it'],
  ['another', one('away', { is: 'strange', carries: 'cluster x' }), 'host-leaves', 'another (cluster x), and is left'],
  ['off', one('away', away), 'host-not-reset', 'its Node and its routes go; what is on it stays, also its credential'],
])('%s', (_, removed, code, words) => {
  const [found, ...more] = leavingFindings({ leaving: [peer], removes: [removed] });
  expect(more).toEqual([]);
  expect(found).toMatchObject({ host: 'w-4', severity: 'warning', code, says: expect.stringContaining(words) });
  expect(`${found?.says}${found?.help}`).not.toContain('\u001b');
});

test('one that nothing is done with keeps its routes, and that is said', () => {
  expect(leavingFindings({ leaving: [peer] })).toMatchObject([{ host: 'w-4', code: 'host-left-out' }]);
});

test('what a person agrees to: pods that end, or the word that a host is off', () => {
  expect(leavingText({ removes: [one('ready', here)] })).toContain('w-4 is reset, with all data of pods there');
  expect(unseenText({ removes: [one('ready', here), one('ready', away), one('absent', away)] })).toBeUndefined();
  expect(unseenText({ removes: [one('away', away)] })).toContain('nobody sees that it is off');
  expect([leavingText({}), leavingText({ removes: [one('absent', away)] })]).toEqual([undefined, undefined]);
});

test('nobody leaves while a version changes', () => {
  const running = [{ host: 'kw-1', program: 'kubelet' as const, version: '1.36.3', next: '1.37.2' }];
  expect(versionAndMembers(running, { join: [], leave: [], removes: ['w-4'] })).toMatchObject({
    code: 'version-and-members',
    says: expect.stringContaining('w-4 leaves the cluster'),
  });
  expect(versionAndMembers(running, { join: [], leave: [], removes: [] })).toBeUndefined();
});

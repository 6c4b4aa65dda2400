/** What has drifted, as a person reads it at night on eighty columns; and no word of a host is more than text. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { driftText } from '../../src/cli/view/drift/text.js';
import type { Author, Difference } from '../../src/model/drift.js';
import type { Drift } from '../../src/workflow/drift.js';

const now = new Date('2026-11-29T09:30:00Z');
const text = (drift: Drift): string => driftText(drift, { color: false, width: 80, now, verbose: false });

const one = (more: Partial<Difference>): Difference => ({
  id: 'kw-1/file//etc/x',
  host: 'kw-1',
  kind: 'file',
  key: '/etc/x',
  origin: 'host',
  changes: [{ field: 'content', was: 'a: 1\nb: 2\n', is: 'a: 1\nb: 3\n' }],
  next: 'back',
  since: { at: '2026-11-29T09:01:12.345Z', exact: true },
  by: [],
  ...more,
});
const drift = (differences: readonly Difference[], more: Partial<Drift> = {}): Drift => ({
  last: { at: '2026-11-29T08:00:00.000Z', command: 'kw up', owner: 'ada@laptop', without: [] },
  fileChanged: false,
  differences,
  examined: 312,
  unseen: [],
  unread: [],
  newHosts: [],
  formerHosts: [],
  ...more,
});

const at = '2026-11-29T09:01:10.000Z';
const anna: Author = { how: 'sudo', who: 'anna', at, command: '/usr/bin/vi /etc/kubernetes/kubelet.yaml' };

test('a night with edits, on eighty columns', () => {
  const unit = { kind: 'service', key: 'kube-proxy.service' };
  const stopped = { changes: [{ field: 'running', was: 'running', is: 'inactive (dead)' }], by: [] };
  const seen = drift(
    [
      one({ by: [anna], unread: ['kubelet.service'] }),
      one({ ...unit, ...stopped, host: 'kw-1' }),
      one({ ...unit, ...stopped, host: 'kw-2', since: { at: '2026-11-29T09:02:00.000Z', exact: true } }),
      one({
        kind: 'packages',
        key: 'node',
        host: 'kw-2',
        changes: [{ field: 'conntrack', was: 'installed', is: undefined }],
        by: [{ how: 'packages', who: 'bea', at, command: 'apt-get remove conntrack' }],
      }),
      one({
        host: 'cluster',
        kind: 'object',
        key: '/apis/rbac.authorization.k8s.io/v1/clusterroles/it',
        changes: [{ field: 'rules', was: ['get'], is: ['*'] }],
        by: [{ how: 'api', who: 'kubernetes-admin', at, verb: 'patch', from: '10.0.0.1', program: 'kubectl/v1.20.2' }],
      }),
      one({ origin: 'file', key: '/etc/asked' }),
    ],
    { fileChanged: true, unseen: [{ host: 'kw-3', why: 'no route to host' }] },
  );
  expect(text(seen)).toMatchInlineSnapshot(`
    "Compared with what kw up of ada@laptop left at 2026-11-29 08:00:00 UTC; the
      cluster file was changed since.

    on kw-1
      ~ file /etc/x
          content:
          -b: 2
          +b: 3
          since 2026-11-29 09:01:12 UTC, 29 min ago
          by anna, with sudo at 09:01:10: /usr/bin/vi /etc/kubernetes/kubelet.yaml
          not read yet by kubelet.service

    on 2 hosts: kw-1, kw-2
      ~ service kube-proxy.service
          running: running → inactive (dead)
          since 2026-11-29 09:01:12 to 09:02:00 UTC, 28 min ago
          by whom: not known; no log of the host names it

    on kw-2
      - packages node
          conntrack: installed → gone
          since 2026-11-29 09:01:12 UTC, 29 min ago
          by bea at 09:01:10, as the package manager's log says: apt-get remove
            conntrack

    in the API
      ~ object /apis/rbac.authorization.k8s.io/v1/clusterroles/it
          rules:
          -- get
          +- "*"
          since 2026-11-29 09:01:12 UTC, 29 min ago
          by kubernetes-admin from 10.0.0.1 at 09:01:10, as the API's audit log
            says: patch by kubectl/v1.20.2

    Not drift: the cluster file asks for it, and it was not applied yet (kw plan):
      file /etc/asked on kw-1

    Could not see kw-3: no route to host.
    5 things of 312 have drifted, in 3 places. Not seen: kw-3. kw up makes it as the
      cluster file asks; what shall stay belongs into the file.
    "
  `);
  for (const line of text(seen).split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
});

test('who is not known is said to be not known; perhaps is not by', () => {
  const told = text(
    drift([
      one({ by: [] }),
      one({ key: '/etc/y', by: [{ how: 'shell', who: 'anna', at, command: '/bin/bash' }] }),
      one({ key: '/etc/z', by: [{ how: 'session', who: 'bea', at, from: '10.0.0.5' }] }),
    ]),
  );
  expect(told).toContain('by whom: not known');
  expect(told).toContain('perhaps anna, who opened a root shell');
  expect(told).toContain('logged in then: bea from 10.0.0.5');
  expect(told).not.toMatch(/by (anna|bea)/);
});

test('without drift: how much was looked at, and who was not seen', () => {
  expect(text(drift([]))).toContain('Nothing has drifted: 312 things looked at.');
  const dark = text(drift([], { unseen: [{ host: 'cluster', why: 'it does not answer' }] }));
  expect(dark).toContain('Nothing has drifted on what was seen');
  expect(dark).toContain('Not seen: the API.');
});

const hostile = fc.string({ unit: fc.constantFrom('\x1b', '\r', '\x07', '\u202e', '\n', "'", '$', ' ', 'x', '→') });
const authors = fc.constantFrom<Author['how']>(
  'sudo',
  'shell',
  'session',
  'packages',
  'auditd',
  'api',
  'manager',
  'run',
  'itself',
);

test('no word of a host reaches the terminal as more than text', () => {
  fc.assert(
    fc.property(hostile, authors, (word, how) => {
      const by = { how, who: word, at, command: word, from: word, program: word, verb: word, result: word } as Author;
      const changes = [{ field: word, was: word, is: `${word}\n${word}x` }];
      const told = text(
        drift([one({ key: word, changes, by: [by], unread: [word] }), one({ origin: 'file', key: word })], {
          unseen: [{ host: 'kw-9', why: word }],
          unread: [{ host: 'kw-8', why: word }],
          why: word,
        }),
      );
      expect(told).not.toMatch(/[\x1b\r\x07\u202e]/);
    }),
  );
});

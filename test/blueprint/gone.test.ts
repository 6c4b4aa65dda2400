/** What is left of hosts that are gone for good is taken out: the scripts run, with etcdctl and kubectl of paper. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cluster } from '../../src/blueprint/cluster.js';
import type { Gone } from '../../src/blueprint/input.js';
import type { HostFacts } from '../../src/model/host-facts.js';
import { parseIPv4 } from '../../src/net/address.js';
import type { CommandWant } from '../../src/resources/wants.js';
import { emptyHost, inputFor, released } from '../golden/input.js';
import { data, found, program, root, sh, specOf } from './paper-host.js';

const both = 'etcd, controlPlane';
const spec = specOf(both, both, both);
const control: Partial<HostFacts> = {
  ...data,
  lived: ['member', 'node'],
  built: { runs: ['apiserver', 'kubelet'], peers: [] },
};
const old = parseIPv4('10.0.0.9');
if (!old) throw new Error('no address');
const of = (gone: readonly Gone[], ...facts: readonly Partial<HostFacts>[]) =>
  cluster({
    ...inputFor(spec, released('1.29.3', '1.7.27')),
    etcdLived: true,
    gone,
    facts: new Map(spec.hosts.map(({ name }, at) => [name, emptyHost(name, facts[at])])),
  });
const moved = of([{ name: 'kw-1', members: [old] }], {}, control, control);

test('members and Nodes go before whoever comes joins and registers', () => {
  expect(found(moved, 'kw-1', 'etcd-join').after).toContain('kw-2/command/etcd-gone');
  expect(found(moved, 'kw-1', 'kubelet.service').after).toContain('kw-2/command/node-gone-kw-1');
  expect(found(moved, 'kw-1', 'kube-proxy.service').after).toContain('kw-1/service/kubelet.service');
  expect(found(moved, 'kw-3', 'kube-proxy.service').after).not.toContain('kw-3/service/kubelet.service');
  expect(found(moved, 'kw-3', 'etcd-members').after).toContain('kw-2/command/etcd-gone');
  expect(found(moved, 'kw-2', 'etcd-gone').because).toBe(
    'kw-1 (10.0.0.9): gone for good, and no member of etcd any more',
  );
});

test('an emptied host is taken out of etcd as it joins, and its Node goes', () => {
  const all = of([{ name: 'kw-1', members: [] }], {}, control, control);
  expect(all.filter(({ key }) => key === 'etcd-gone')).toEqual([]);
  expect(found(all, 'kw-2', 'node-gone-kw-1').stage).toBe('nodes');
});

test('an API server that was begun in the place of a dead one is not asked', () => {
  const begun: Partial<HostFacts> = { built: { runs: ['apiserver'], peers: [] } };
  const all = of([{ name: 'kw-1', members: [] }], begun, control, control);
  expect(found(all, 'kw-2', 'node-gone-kw-1').stage).toBe('nodes');
});

test('the Node of a host that has registered stays, and of a run that replaces nobody nothing goes', () => {
  const none = (all: typeof moved) => all.filter(({ key }) => /^(etcd|node)-gone/.test(key));
  expect(none(of([{ name: 'kw-1', members: [] }], control, control, control))).toEqual([]);
  expect(none(of([], {}, control, control))).toEqual([]);
});

const line = (n: number, at = `10.0.0.1${n}`): string =>
  `1a${n}, started, kw-${n}, https://${at}:2380, https://${at}:2379, false`;
const etcd = (list: readonly string[], ...dead: readonly string[]): void => {
  writeFileSync(join(root, 'list'), `${list.join('\n')}\n`);
  program(
    'etcdctl',
    `#!/bin/sh
for d in ${dead.join(' ')}; do case $* in *"//$d:"*) exit 1;; esac; done
case $* in
*'member list'*) cat ${root}/list ;;
*'member remove'*) echo "$*" >>${root}/calls; for id; do :; done; grep -v "^$id," ${root}/list >${root}/list.new
  mv ${root}/list.new ${root}/list ;;
esac
`,
  );
};
const removed = (): readonly string[] =>
  existsSync(join(root, 'calls'))
    ? [...readFileSync(join(root, 'calls'), 'utf8').matchAll(/member remove (\S+)/g)].map(([, id]) => id ?? '')
    : [];
const { unless, run } = found(moved, 'kw-2', 'etcd-gone').want as CommandWant;

describe('the member', () => {
  test('it is removed once, by its id', () => {
    etcd([line(1, '10.0.0.9'), line(2), line(3)], '10.0.0.9');
    expect(sh(unless).out).toBe('etcd has a member at 10.0.0.9\n');
    expect(sh(run)).toMatchObject({ code: 0, err: '' });
    expect([removed(), sh(unless).out]).toEqual([['1a1'], '']);
    expect(sh(run).code).toBe(0);
    expect(removed()).toEqual(['1a1']);
  });

  test('an address that only begins or ends as its own is another member', () => {
    etcd([line(1, '10.0.0.99'), line(2, '110.0.0.9'), line(3)]);
    expect([sh(unless).out, sh(run).code, removed()]).toEqual(['', 0, []]);
  });

  test.each([
    ['it answers', [line(1, '10.0.0.9'), line(2), line(3)], [], 'the member at 10.0.0.9 answers: it is not gone'],
    [
      'too few of the others do',
      [line(1, '10.0.0.9'), line(2), line(3)],
      ['10.0.0.9', '10.0.0.13'],
      'only 1 of the members that stay answer',
    ],
  ] as const)('it stays: %s', (_, list, dead, says) => {
    etcd(list, ...dead);
    expect(sh(run)).toMatchObject({ code: 1, err: expect.stringContaining(says) });
    expect(removed()).toEqual([]);
  });

  test('an etcd that does not say who its members are is not done', () => {
    etcd([], '10.0.0.12');
    expect(sh(unless).out).toBe('etcd does not say who its members are\n');
  });
});

test.each([
  ['it is there', 'echo node/kw-1', 'the Node kw-1 of a host that is gone\n'],
  ['it is gone', ':', ''],
  ['the API does not answer', 'exit 1', 'the API does not answer\n'],
])('the Node: %s', (_, answer, says) => {
  program('kubectl', `#!/bin/sh\n${answer}\n`);
  const node = found(moved, 'kw-2', 'node-gone-kw-1').want as CommandWant;
  expect(sh(node.unless.replaceAll('/usr/local/bin/kubectl', `${root}/bin/kubectl`)).out).toBe(says);
});

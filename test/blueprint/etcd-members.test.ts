import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cluster } from '../../src/blueprint/cluster.js';
import { mayFound } from '../../src/blueprint/components/etcd-first-start.js';
import { doubtful, etcdMoved } from '../../src/blueprint/components/etcd-members.js';
import { etcdStays } from '../../src/workflow/build/etcd-stays.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import type { HostFacts } from '../../src/model/host-facts.js';
import type { ServiceWant } from '../../src/resources/wants.js';
import { readCluster } from '../../src/spec/index.js';
import { debian, emptyHost, inputFor } from '../golden/input.js';
import { quote, type Script } from '../../src/shell/sh.js';

const specOf = (hosts: string): ClusterSpec => {
  const checked = readCluster(`name: demo\nkubernetes: 1.20.2\nhosts: ${hosts}\n`, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};
const url = (n: number, name = `demo-00${n}`): string => `${name}=https://10.0.0.1${n}:2380`;
const holds = (...members: readonly number[]): Partial<HostFacts> => ({
  etcdDataExists: true,
  etcdMembers: members.map(n => url(n)).join(','),
  podCidr: '10.244.0.0/24',
});
const fresh: Partial<HostFacts> = {};
const worker: Partial<HostFacts> = { podCidr: '10.244.1.0/24' };
const facts = (...all: readonly (Partial<HostFacts> | undefined)[]): ReadonlyMap<string, HostFacts> =>
  new Map(all.flatMap((fact, n) => (fact ? [[`demo-00${n + 1}`, emptyHost(`demo-00${n + 1}`, fact)] as const] : [])));

const two = specOf('[10.0.0.11, 10.0.0.12]');
const three = specOf('[10.0.0.11, 10.0.0.12, 10.0.0.13]');
const turned = specOf('[10.0.0.12, 10.0.0.11]');
const written = specOf('[{address: 10.0.0.11, roles: [etcd, controlPlane, worker]}, 10.0.0.12, 10.0.0.13]');

describe('etcd stays where it lives', () => {
  test.each([
    ['a first build', three, facts(fresh, fresh, fresh), []],
    ['a first build that was interrupted', three, facts(holds(1, 2, 3), fresh, fresh), []],
    [
      'a first build that does not see one host: it may have the data',
      three,
      facts(fresh, fresh, undefined),
      ['etcd-hidden'],
    ],
    ['nothing has changed', three, facts(holds(1, 2, 3), holds(1, 2, 3), holds(1, 2, 3)), []],
    ['a third address deals the roles anew', three, facts(holds(1), worker, fresh), ['etcd-moved']],
    ['a third address, and the roles are written down', written, facts(holds(1), worker, fresh), []],
    [
      'the addresses in another order',
      turned,
      new Map([
        ['demo-001', emptyHost('demo-001', worker)],
        ['demo-002', emptyHost('demo-002', holds(1))],
      ]),
      ['etcd-moved'],
    ],
    ['one address is taken out', two, facts(holds(1, 2, 3), holds(1, 2, 3)), ['etcd-moved']],
    ['the host with the data cannot be seen', three, facts(undefined, worker, fresh), ['etcd-hidden']],
    ['data beside a unit that is not ours', three, facts({ etcdDataExists: true }, fresh, fresh), []],
  ] as const)('%s', (_, spec, seen, codes) => {
    expect(etcdMoved(spec, seen).map(({ code }) => code)).toEqual(codes);
  });

  test('the refusal names the hosts, the harm and what to write', () => {
    const [problem] = etcdMoved(three, facts(holds(1), worker, fresh));
    expect(problem?.says).toBe(
      'etcd of this cluster lives on demo-001 (demo-001 says so), and by this file it would be on demo-001, ' +
        'demo-002, demo-003: demo-002, demo-003 would bootstrap a second, empty etcd cluster',
    );
    expect(problem?.help).toContain('  - {name: demo-001, address: 10.0.0.11, roles: [etcd, controlPlane, worker]}\n');
  });

  test('what it says to write is accepted', () => {
    const line = etcdMoved(three, facts(holds(1), worker, fresh))[0]
      ?.help?.split('\n')
      .find(one => one.startsWith('  - '))
      ?.slice(4);
    expect(etcdMoved(specOf(`[${line}, 10.0.0.12, 10.0.0.13]`), facts(holds(1), worker, fresh))).toEqual([]);
  });

  test('members that were added by hand count once they run', () => {
    const seen = facts(holds(1), worker, fresh);
    const list = (state: string): string =>
      ['started', state, state]
        .map(
          (word, n) =>
            `8e9e05c5216469${n}a, ${word}, ${word === 'started' ? `demo-00${n + 1}` : ''}, ` +
            `https://10.0.0.1${n + 1}:2380, https://10.0.0.1${n + 1}:2379, false`,
        )
        .join('\n');
    expect(etcdMoved(three, seen, new Map([['demo-001', list('started')]]))).toEqual([]);
    expect(etcdMoved(three, seen, new Map([['demo-001', list('unstarted')]]))).toMatchObject([{ code: 'etcd-moved' }]);
  });

  /** As `etcdctl member list` prints it, and the word of the quorum. */
  const listed = (...members: readonly number[]): string =>
    `${members.map(n => `1a${n}, started, ${url(n).replace('=', ', ')}, https://10.0.0.1${n}:2379, false`).join('\n')}\n`;
  const quorum = (...members: readonly number[]): string => `${listed(...members)}quorum\n`;
  const lived: Partial<HostFacts> = { ...holds(1), lived: ['member'] };

  test.each([
    ['blank hosts are added beside a quorum', facts(lived, worker, fresh), quorum(1), undefined],
    [
      'one that was added, and is none yet',
      facts(lived, worker, fresh),
      `${quorum(1)}1a2, unstarted, , x, , true\n`,
      undefined,
    ],
    ['a run that was cut off: one has joined', facts(lived, holds(1, 2, 3), fresh), quorum(1, 2), undefined],
    ['the living member does not answer', facts(lived, worker, fresh), '', 'most members of the living etcd answer'],
    ['it has no quorum', facts(lived, worker, fresh), listed(1), 'most members of the living etcd answer'],
    ['one of them was not seen', facts(lived, worker, undefined), quorum(1), 'demo-003 can be reached'],
    ['one has data of another etcd', facts(lived, { etcdDataExists: true }, fresh), quorum(1), 'demo-002 has no data'],
    [
      'one was a member, and its disk is away',
      facts(lived, { lived: ['member'] }, fresh),
      quorum(1),
      'what demo-002 had as a member is back',
    ],
    ['a member would vanish', facts(lived, fresh, fresh), quorum(1, 4), 'demo-004 is in the file'],
    ['built by an older kw', facts(holds(1), worker, fresh), quorum(1), 'has recorded its members'],
  ] as const)('etcd grows, or says why not: %s', (_, seen, list, why) => {
    const problems = etcdMoved(three, seen, new Map([['demo-001', list]]));
    expect(problems.map(({ code }) => code)).toEqual(why === undefined ? [] : ['etcd-moved']);
    expect(problems[0]?.help ?? '').toContain(why ?? '');
  });

  test('two members never have one name', () => {
    const other = specOf(
      `[${['a', 'b', 'c'].map((name, n) => `{address: 10.0.0.1${n + 1}, name: ${name}, roles: [etcd, controlPlane]}`)}]`,
    );
    const seen = new Map([
      ['a', emptyHost('a', { ...lived, etcdMembers: 'b=https://10.0.0.11:2380' })],
      ...['b', 'c'].map(name => [name, emptyHost(name, fresh)] as const),
    ]);
    const list = 'b1, started, b, https://10.0.0.11:2380, https://10.0.0.11:2379, false\nquorum\n';
    expect(etcdMoved(other, seen, new Map([['a', list]]))[0]?.help).toContain('no other member is called b');
  });

  test('once etcd has grown, a list that one of its members gives is worth more than what another wrote down', () => {
    const seen = facts(lived, { ...lived, ...holds(1, 2, 3) }, { ...lived, ...holds(1, 2, 3) });
    expect(doubtful(three, seen).map(({ name }) => name)).toEqual(['demo-001']);
    expect(etcdMoved(three, seen, new Map([['demo-001', listed(1, 2, 3)]]))).toEqual([]);
  });

  test('the file is taken by what kw asks the hosts', async () => {
    const asked: string[] = [];
    const ask = async (queries: readonly { readonly id: string; readonly question: object }[]) => {
      for (const { question } of queries) asked.push(JSON.stringify(question));
      return new Map(queries.map(({ id }) => [id, { raw: quorum(1) }] as const));
    };
    await etcdStays({ spec: three, ask }, facts(lived, worker, fresh));
    expect(asked[0]).toMatch(/member list.*get h.*quorum/);
  });

  test('hosts are asked again only in doubt, and a silent one does not excuse', async () => {
    expect(doubtful(three, facts(holds(1, 2, 3), fresh, fresh))).toEqual([]);
    const ask = async (queries: readonly { readonly id: string }[]) =>
      new Map(queries.map(({ id }) => [id, { missing: 'gone' }] as const));
    await expect(etcdStays({ spec: three, ask }, facts(holds(1), worker, fresh))).rejects.toThrow('second, empty etcd');
    await etcdStays(
      { spec: three, ask: () => Promise.reject(new Error('nobody needs to be asked')) },
      facts(holds(1, 2, 3), fresh, fresh),
    );
  });
});

test('a first build starts unguarded; once a host has data, or cannot be seen, each start asks the living members', () => {
  const guards = (input: ReturnType<typeof inputFor>): readonly boolean[] =>
    cluster(input)
      .filter(one => one.key === 'etcd.service')
      .map(one => (one.want as ServiceWant).startGuard !== undefined);
  const input = inputFor(three, debian);
  expect(guards(input)).toEqual([false, false, false]);
  expect(guards({ ...input, facts: facts(holds(1), fresh, fresh) })).toEqual([true, true, true]);
  expect(guards({ ...input, facts: facts(fresh, fresh, undefined) })).toEqual([true, true]);
});

describe('the guard on the host', () => {
  const root = mkdtempSync(join(tmpdir(), 'kw-etcd-'));
  afterAll(() => rmSync(root, { recursive: true }));
  const [host] = three.hosts;
  if (!host) throw new Error('no host');
  /** An etcdctl that prints what a member said, or fails as one that reaches nobody. */
  const etcdctl = (name: string, says: string | undefined): Script => {
    writeFileSync(
      `${root}/${name}`,
      says === undefined
        ? '#!/bin/sh\nexit 1\n'
        : `#!/bin/sh\ncase $* in *consistency*) exit 128;; esac\ncat <<'X'\n${says}\nX\n`,
    );
    chmodSync(`${root}/${name}`, 0o755);
    return quote(`${root}/${name}`);
  };
  const run = (...says: readonly (string | undefined)[]): string => {
    const script = mayFound(
      host,
      says.map((output, n) => etcdctl(`m${n}`, output)),
    ).replaceAll('/var/lib/etcd', `${root}/etcd`);
    try {
      return execFileSync('sh', ['-c', `( ${script}\n) 2>&1`]).toString() || 'may start';
    } catch (error) {
      return String((error as { stdout?: unknown }).stdout);
    }
  };
  const line = (n: number, state = 'started'): string =>
    `1a${n}, ${state}, ${state === 'started' ? `demo-00${n}` : ''}, https://10.0.0.1${n}:2380, ` +
    `https://10.0.0.1${n}:2379, false`;

  test.each([
    ['nobody answers', [undefined, undefined], 'may start'],
    [
      'a founder that waits for us answers',
      [`${line(1, 'unstarted')}\n${line(2)}\n${line(3, 'unstarted')}`, undefined],
      'may start',
    ],
    ['one of two answers, and does not know us', [undefined, line(2)], 'a second etcd must not be founded'],
    [
      'its list has an address that only begins like ours',
      ['1a2, started, x, https://10.0.0.110:2380, https://10.0.0.110:2379, false', undefined],
      'a second etcd must not be founded',
    ],
    // As etcd 3.5 says it of the third of three founders while two have begun: started by name, and no clients' URLs.
    [
      'we were there from the beginning, and never ran',
      [`1a1, started, demo-001, https://10.0.0.11:2380, , false\n${line(2)}`, undefined],
      'may start',
    ],
    ['we are known as one that ran', [`${line(1)}\n${line(2)}`, undefined], 'kw heal etcd-cluster-id'],
  ] as const)('%s', (_, says, outcome) => {
    expect(run(...says)).toContain(outcome);
  });

  test('with data it says nothing: then etcd itself knows where it belongs', () => {
    mkdirSync(`${root}/etcd/member`, { recursive: true });
    expect(run(line(2))).toBe('may start');
  });
});

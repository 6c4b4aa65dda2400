/** What a verdict advises, the tool accepts: every act that is named is tried on the case's own fixtures. */
import { beforeAll, describe, expect, test } from 'vitest';
import { etcdMoved } from '../../src/blueprint/components/etcd-members.js';
import { cases } from '../../src/clinic/cases/index.js';
import { lives, readCluster } from '../../src/spec/index.js';
import { roleNames } from '../../src/spec/schema.js';
import { callsIn, codeOf, refusal, refusalInProse } from '../cli/command-lines.js';
import { emptyHost } from '../golden/input.js';
import { caseFolders, fixturesOf, readFixture } from './fixture.js';
import { readFileSync } from 'node:fs';

/** Every sentence with which a case tells somebody what to do, or what not to do. */
const told = new Map<string, Set<string>>();
beforeAll(async () => {
  for (const one of cases) {
    const texts = new Set<string>();
    told.set(one.id, texts);
    for (const bad of one.badCures ?? []) texts.add(bad.why);
    for (const { benign } of one.symptoms) if (benign) texts.add(benign);
    for (const file of fixturesOf(one.id)) {
      const { chart } = await readFixture(one.id, file);
      const verdict = one.diagnose(chart);
      for (const finding of verdict.verdict === 'sick' ? verdict.findings : []) {
        const therapy = one.therapy(finding, chart);
        for (const text of 'refused' in therapy ? [therapy.refused, ...therapy.advice] : [therapy.title])
          texts.add(text);
        for (const check of one.verify(finding, chart)) texts.add(check.command);
      }
    }
  }
});

const wrong = (judge: (text: string) => readonly string[]): readonly string[] =>
  [...told].flatMap(([id, texts]) => [...texts].flatMap(text => judge(text).map(why => `${id}: ${why}`)));

const isKey = (path: string): boolean =>
  Object.keys(lives).some(key =>
    [key, key.replaceAll('[]', '')].some(
      one => one === path || one.startsWith(`${path}.`) || path.startsWith(`${one}.`),
    ),
  );
const tops = new Set(Object.keys(lives).map(key => key.split(/[.[]/)[0] ?? ''));
const unknownKeys = (text: string): readonly string[] =>
  [...text.matchAll(/(?<![\w./-])([a-z][A-Za-z]+\.[a-z][A-Za-z.]*[A-Za-z])(?![\w/-])/g)]
    .map(([, path = '']) => path)
    .filter(
      path => tops.has(path.split('.')[0] ?? '') && !isKey(path) && !/\.(yaml|conf|crt|key|service|json)$/.test(path),
    );

describe('every act that a verdict names', () => {
  test('if it is a command of kw, is one', () => {
    expect([...told.values()].reduce((sum, { size }) => sum + size, 0)).toBeGreaterThan(500);
    expect(wrong(refusalInProse)).toEqual([]);
  });
  test('if it is a key of the cluster file, is one', () => {
    expect(wrong(unknownKeys)).toEqual([]);
    expect(unknownKeys('set endpoint.balanced, or components.kubelet.config')).toEqual(['endpoint.balanced']);
  });
  test.each(cases.map(({ id }) => id))('on the page of %s is taken', id => {
    const { lines, spans } = codeOf(readFileSync(`${caseFolders.get(id)}/page.md`, 'utf8'));
    const calls = [...lines, ...spans].flatMap(callsIn);
    expect(calls.flatMap(call => refusal(call, true) ?? [])).toEqual([]);
  });
});

/** An advice that gives a host a role stands here, with the trial that the tool accepts it. */
const roleActs: Readonly<Record<string, () => readonly unknown[]>> = {
  // The file gives the role to hosts that are blank, beside one member that answers.
  'not-highly-available etcd': () => {
    const file = (roles: string) =>
      readCluster(
        `name: demo\nkubernetes: 1.29.3\nhosts:\n${[1, 2, 3]
          .map(n => `  - {name: kw-${n}, address: 10.0.0.1${n}, roles: [${n === 1 ? 'etcd, controlPlane' : roles}]}\n`)
          .join('')}endpoint: {address: 10.0.0.100}\n`,
        'cluster.yaml',
      );
    const grown = file('etcd, controlPlane');
    if (!grown.ok) return grown.problems;
    const built = { etcdDataExists: true, etcdMembers: 'kw-1=https://10.0.0.11:2380', lived: ['member'] } as const;
    const facts = new Map(grown.value.hosts.map(({ name }) => [name, emptyHost(name, name === 'kw-1' ? built : {})]));
    const list = '1, started, kw-1, https://10.0.0.11:2380, https://10.0.0.11:2379, false\nquorum\n';
    return etcdMoved(grown.value, facts, new Map([['kw-1', list]]));
  },
};

test('a role that a verdict tells somebody to give is one that the file knows and that kw up accepts', () => {
  const acts = wrong(text =>
    /cluster file/.test(text) ? [...text.matchAll(/\brole (\w+)/g)].map(([, role = '']) => role) : [],
  ).map(one => one.replace(':', ''));
  expect(acts).toContain('not-highly-available etcd');
  for (const act of new Set(acts)) {
    expect(roleNames).toContain(act.split(' ')[1]);
    expect(roleActs[act]?.() ?? 'nobody has tried it', act).toEqual([]);
  }
});

import { describe, expect, test } from 'vitest';
import { draft } from '../../src/plan/draft.js';
import { hostsInWords } from '../../src/plan/hosts-in-words.js';
import { planJson } from '../../src/plan/json.js';
import { unseenInWords } from '../../src/plan/unseen-hosts.js';
import { planText } from '../../src/plan/text.js';
import { answersOf, kinds, sha, unit, wanted } from './wants.js';

const plain = { color: false, width: 120, verbose: false };
const plan = (
  hosts: readonly string[],
  how: 'built' | 'empty',
  digit: string,
  more: readonly ReturnType<typeof wanted>[] = [],
) => {
  const resources = [...hosts.flatMap(host => unit(host, 'kubelet', '1', 'nodes')), ...more];
  return draft({ cluster: 'demo', spec: {}, resources, answers: answersOf(resources, how, digit), kinds });
};

test('the same change on many hosts is told once, with its diff', () => {
  const hosts = Array.from({ length: 97 }, (_, at) => `kw-worker-${String(at + 1).padStart(3, '0')}`);
  expect(planText(plan(hosts, 'built', '2'), plain)).toMatchInlineSnapshot(`
    "on 97 hosts: kw-worker-[001-097]
      ~ file /etc/kubelet.conf
          content:
          -flag=2
          +flag=1
      ! service kubelet.service  [restart]
          fresh: started before /etc/kubelet.conf → restarted

    Restarts, in waves; the first that fails stops the later ones of the control planes, or of the nodes:
      kubelet:
        kw-worker-001 first alone
        kw-worker-[002-097] up to 24 hosts at a time
      pods keep running while their kubelet restarts: no node is drained

    194 of 194 resources would change on 97 hosts, restarts: kubelet.service on 97 hosts, risk: restart, about 30 s
    "
  `);
});

test('what is new is named; its content comes when asked for', () => {
  expect(planText(plan(['kw-1'], 'empty', '1'), plain)).toMatchInlineSnapshot(`
    "on kw-1
      + file /etc/kubelet.conf
          content: 1 line
          mode: 0644
      + service kubelet.service
          atBoot: enabled
          running: running

    2 of 2 resources would change on 1 host, risk: none, about 4 s
    "
  `);
  expect(planText(plan(['kw-1'], 'empty', '1'), { ...plain, verbose: true })).toContain('+flag=1');
  expect(planText(plan(['kw-1'], 'built', '1'), plain)).toBe('No changes. 2 resources match.\n');
});

test('L7: no secret in text or JSON, whatever is asked for', () => {
  const secret = wanted('file', 'kw-1', '/etc/key', {
    content: ['key: ', { secret: 'encryption/key' }, '\n'],
    sha256: sha('1'),
    mode: 0o600,
  });
  const token = wanted('object', 'cluster', '/api/v1/namespaces/kube-system/secrets/bootstrap-token-x', {
    body: { kind: 'Secret', stringData: { 'token-secret': 'planted-token' }, data: { more: 'planted' } },
    create: true,
  });
  for (const how of ['built', 'empty'] as const) {
    const resources = [secret, token];
    const answers = answersOf([secret], how, '2').set(
      'cluster/object//api/v1/namespaces/kube-system/secrets/bootstrap-token-x',
      { raw: '{"status":200,"body":{"data":{"token-secret":"cGxhbnRlZC1vbGQ="}}}' },
    );
    const made = draft({ cluster: 'demo', spec: {}, resources, answers, kinds });
    expect(made.steps).toHaveLength(2);
    expect(planText(made, { ...plain, verbose: true }) + planJson(made)).not.toMatch(/planted|cGxhbnRlZC/);
    if (how === 'empty') expect(planText(made, { ...plain, verbose: true })).toContain('<secret encryption/key>');
  }
});

test('terminal escapes of a host do nothing, long lines are cut, colours come when wanted', () => {
  const resources = unit('kw-1', 'kubelet', '1', 'nodes');
  const answers = answersOf(resources, 'built').set('kw-1/file//etc/kubelet.conf', {
    raw:
      'file 644 root:root ' +
      `${sha('2')}\ntext\n${Buffer.from(`\x1b]0;owned\x07${'x'.repeat(300)}\n`).toString('base64')}\n`,
  });
  const text = planText(draft({ cluster: 'demo', spec: {}, resources, answers, kinds }), plain);
  expect(text).not.toContain('\x1b');
  expect(text).toContain('\\x1b]0;owned');
  expect(Math.max(...text.split('\n').map(line => line.length))).toBe(120);
  expect(planText(plan(['kw-1'], 'built', '2'), { ...plain, color: true })).toContain('\x1b[32m+flag=1\x1b[39m');
});

test('hosts in ranges as a cluster file has them', () => {
  expect(hostsInWords(['a-1', 'a-2', 'a-3', 'a-9', 'a-10', 'a-11', 'db', 'w-08', 'w-09', 'w-10'])).toBe(
    'a-[1-3], a-[9-11], db, w-[08-10]',
  );
});

test('no changes are claimed of what was seen alone, and what was not is named', () => {
  const resources = ['kw-1', 'kw-2', 'kw-3'].flatMap(host => unit(host, 'kubelet', '1', 'nodes'));
  const answers = answersOf(resources, 'built');
  for (const key of ['file//etc/kubelet.conf', 'service/kubelet.service'])
    for (const host of ['kw-2', 'kw-3']) answers.set(`${host}/${key}`, { missing: 'no route' });
  expect(planText(draft({ cluster: 'demo', spec: {}, resources, answers, kinds }), plain)).toMatchInlineSnapshot(`
    "could not see 2 hosts: no route: kw-2, kw-3
    skipped 4 resources, which could not be seen, or need what could not

    No changes on the hosts that were seen: 2 resources match. Not seen: kw-2, kw-3.
    "
  `);
});

const content = (text: string) => ({ content: [text], sha256: sha('1'), mode: 0o644 });
const holds = (text: string) => ({
  raw: `file 644 root:root ${sha('2')}\ntext\n${Buffer.from(text).toString('base64')}\n`,
});

test('the same lines change in files that differ elsewhere: one diff, with the list of hosts', () => {
  const hosts = ['kw-1', 'kw-2', 'kw-3'];
  const body = (host: string, max: number) => `address: ${host}.x\n${'a: 1\n'.repeat(9)}maxPods: ${max}\n`;
  const resources = hosts.map(host => wanted('file', host, '/etc/k.yaml', content(body(`n${host.at(-1)}`, 200))));
  const answers = new Map(hosts.map(host => [`${host}/file//etc/k.yaml`, holds(body(`n${host.at(-1)}`, 110))]));
  const text = planText(draft({ cluster: 'demo', spec: {}, resources, answers, kinds }), plain);
  expect(text).toContain('on 3 hosts: kw-[1-3]');
  expect(text.match(/\+maxPods: 200/g)).toHaveLength(1);
});

test('what is hidden on one side is hidden on the other: a value that stays makes no diff', () => {
  const wants = wanted('file', 'kw-1', '/etc/c.toml', content('token = "abc"\nlevel = 2\n'));
  const of = (text: string) =>
    planText(
      draft({
        cluster: 'demo',
        spec: {},
        resources: [wants],
        answers: new Map([['kw-1/file//etc/c.toml', holds(text)]]),
        kinds,
      }),
      plain,
    );
  expect(of('token = "abc"\nlevel = 1\n')).toMatch(/-level = 1\n.*\+level = 2/);
  expect(of('token = "abc"\nlevel = 1\n')).not.toMatch(/[-+]token|abc/);
  expect(of('token = "other"\nlevel = 2\n')).toContain('content: a hidden value changes');
});

describe('the sign says what becomes of the thing itself', () => {
  const node = '/api/v1/nodes/kw-1';
  const labelled = (labels: object, create: boolean) =>
    wanted('object', 'cluster', node, { body: { kind: 'Node', metadata: { labels } }, create });
  test.each([
    ['~', 'a label that an object gets', { status: 200, body: { kind: 'Node', metadata: { labels: {} } } }],
    ['~', 'a first label', { status: 200, body: { kind: 'Node', metadata: {} } }],
    ['+', 'an object that is not there', { status: 404, body: {} }],
  ])('%s %s', (sign, _, answer) => {
    const resources = [labelled({ disk: 'ssd' }, true)];
    const answers = new Map([[`cluster/object/${node}`, { raw: JSON.stringify(answer) }]]);
    expect(planText(draft({ cluster: 'demo', spec: {}, resources, answers, kinds }), plain)).toContain(
      `  ${sign} object`,
    );
  });
});

test.each([80, 40, 21])('at %d columns the last sentence is told to its end, and no line is longer', width => {
  const hosts = Array.from({ length: 40 }, (_, at) => `a-long-name-of-a-worker-${at * 2}`);
  const lines = planText(plan(hosts, 'built', '2'), { ...plain, width })
    .trimEnd()
    .split('\n');
  expect(lines.slice(-12).join(' ').replaceAll(/\s+/g, ' ')).toMatch(/risk: restart, about \d+ (s|min)$/);
  if (width > 30) expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(width);
});

test('what is no terminal gets every line whole', () => {
  const long = wanted('file', 'kw-1', '/etc/l', content(`${'x'.repeat(500)}\n`));
  const answers = new Map([['kw-1/file//etc/l', holds('y\n')]]);
  const made = draft({ cluster: 'demo', spec: {}, resources: [long], answers, kinds });
  expect(planText(made, { ...plain, width: Number.POSITIVE_INFINITY })).toContain('x'.repeat(500));
});

test('one cause of many hosts is one sentence, in the order of the file; one that differs stands apart', () => {
  const refuses = (n: number) => ({ host: `kw-${n}`, why: `10.0.0.${n} port 22 refuses connections` });
  expect(
    unseenInWords([refuses(1), { host: 'kw-2', why: 'sudo wants the password of ops' }, refuses(3), refuses(4)]),
  ).toEqual(['3 hosts: port 22 refuses connections: kw-1, kw-3, kw-4', 'kw-2: sudo wants the password of ops']);
  const blind = [2, 5].map(n => ({ host: `w-${n}`, why: `everything (10.0.0.${n} port 22 refuses connections)` }));
  expect(unseenInWords(blind)).toEqual(['2 hosts: everything (port 22 refuses connections): w-2, w-5']);
  expect(unseenInWords([refuses(1)])).toEqual(['kw-1: 10.0.0.1 port 22 refuses connections']);
});

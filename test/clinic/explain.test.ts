/** `kw explain` and `kw doctor --symptom`: pages offline, tests with a cluster at hand, and "Forbidden" answered. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { main } from '../../src/cli/run.js';
import { cases } from '../../src/clinic/cases/index.js';
import { writeBundle } from '../../src/clinic/bundle/bundle.js';
import type { ApiObject, Chart } from '../../src/clinic/chart/chart.js';
import { answer } from '../../src/clinic/explain/answer.js';
import { refusalIn } from '../../src/clinic/explain/refusal-words.js';
import { refusedIn } from '../../src/clinic/explain/refusal.js';
import { trueAuthority } from '../../src/clinic/read/authority.js';
import { can } from '../../src/clinic/read/rbac.js';
import { baseChart, readFixture } from './fixture.js';

const output = async (...argv: readonly string[]) => {
  const words = { out: '', err: '' };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(text => {
      words.out += String(text);
      return true;
    }),
    vi.spyOn(process.stderr, 'write').mockImplementation(text => {
      words.err += String(text);
      return true;
    }),
  ];
  try {
    const code = await main(
      argv,
      {
        writeOut: text => {
          words.out += text;
        },
        writeErr: text => {
          words.err += text;
        },
      },
      false,
    );
    return { code, ...words };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
};

let dir = '';
let bundle = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kw-explain-'));
  bundle = join(dir, 'sick.kwbundle');
  await writeFile(bundle, writeBundle((await readFixture('leaf-certificate-expired', 'sick-file.yaml')).chart));
});
afterAll(() => rm(dir, { recursive: true }));

test('offline: symptom, proof and therapy of what the text can mean, and the deciding check of the rest', async () => {
  const { code, out } = await output('explain', 'x509: certificate has expired or is not yet valid');
  expect(code).toBe(0);
  for (const word of ['Symptom', 'Proof', 'Therapy', '[leaf-certificate-expired]', 'decided by:'])
    expect(out).toContain(word);
  const one = JSON.parse((await output('explain', '--json', 'cni config uninitialized')).out) as {
    candidates: { case: string; page: Record<string, string> }[];
  };
  expect(Object.keys(one.candidates[0]?.page ?? {})).toEqual(expect.arrayContaining(['Symptom', 'Proof', 'Therapy']));
});

describe('with a cluster at hand', () => {
  const text = 'dial tcp 10.0.0.1:6443: connect: connection refused';
  test('a text is tested, and what is confirmed is shown with therapy and commands', async () => {
    for (const argv of [
      ['explain', '--bundle', bundle, text],
      ['doctor', '--bundle', bundle, '--symptom', text],
    ]) {
      const { code, out } = await output(...argv);
      expect(code).toBe(2);
      expect(out).toMatch(/\d+ of \d+ candidates confirmed/);
      for (const word of ['Therapy', 'See it yourself', 'now:', 'healthy:', 'refuted']) expect(out).toContain(word);
    }
  });
  test('--html writes a page of the same, and is refused where there is nothing to say', async () => {
    const page = join(dir, 'page.html');
    expect((await output('doctor', '--bundle', bundle, '--symptom', text, '--html', page)).code).toBe(2);
    const html = await readFile(page, 'utf8');
    expect(html).toContain('and this text says so');
    expect(html).toContain('Therapy');
    expect((await output('doctor', '--bundle', bundle, '--symptom', 'lorem ipsum', '--html', page)).code).toBe(64);
  });
  test('an illness that the text does not name is mentioned, and makes no exit code', () => {
    const found = answer('vrrp: Entering MASTER STATE', cases, baseChart('five'));
    expect(found.report?.verdict).not.toBe('ill');
  });
});

test('a part that is hidden is said to be', () => {
  expect(answer('x509: certificate signed by unknown authority (issuer [REDACTED])', cases).cut).toBe(true);
  expect(answer('x509: certificate signed by unknown authority', cases).cut).toBeUndefined();
});

describe('Forbidden', () => {
  test.each([
    [
      'Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" ' +
        'in the namespace "dev"',
      { verb: 'list', resource: 'pods', group: '', namespace: 'dev' },
    ],
    [
      'pods "web" is forbidden: User "jane" cannot get resource "pods/log" in API group "" in the namespace "dev"',
      { verb: 'get', resource: 'pods/log', group: '', namespace: 'dev', name: 'web' },
    ],
    [
      'nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope',
      { verb: 'list', resource: 'nodes', group: '' },
    ],
    [
      'deployments.apps is forbidden: User "jane" cannot create resource "deployments" in API group "apps" in ' +
        'the namespace "dev"',
      { verb: 'create', resource: 'deployments', group: 'apps', namespace: 'dev' },
    ],
    [
      'deployments.extensions is forbidden: User "jane" cannot list deployments.extensions in the namespace "dev"',
      { verb: 'list', resource: 'deployments', group: 'extensions', namespace: 'dev' },
    ],
    ['forbidden: User "jane" cannot get path "/metrics"', { verb: 'get', path: '/metrics' }],
    [
      'Forbidden (user=jane, verb=get, resource=nodes, subresource=proxy)',
      { verb: 'get', resource: 'nodes/proxy', group: '' },
    ],
    [
      '{"message":"pods is forbidden: User \\"jane\\" cannot list resource \\"pods\\" in API group \\"\\" in the ' +
        'namespace \\"dev\\""}',
      { verb: 'list', resource: 'pods', group: '', namespace: 'dev' },
    ],
  ])('%s', (text, permission) => {
    expect(refusalIn(text)).toMatchObject({ user: 'jane', permission });
    const words = refusalIn(text);
    if (words) expect(Object.keys(words.permission).sort()).toEqual(Object.keys(permission).sort());
  });

  test.each([
    ['User "jane" cannot list resource "pods" in API group "" in the namespace "dev"'],
    ['pods "web" is forbidden: User "jane" cannot delete resource "pods" in API group "" in the namespace "dev"'],
    ['nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope'],
    [
      'User "system:serviceaccount:dev:builder" cannot create resource "deployments" in API group "apps" in the ' +
        'namespace "dev"',
    ],
    ['User "jane: [}\\" cannot get path "/metrics"'],
  ])('the role for <%s> allows that and nothing more', text => {
    const chart = baseChart('five');
    const one = refusedIn(text, chart);
    expect(one?.result).toBe('refused');
    const given = parseAllDocuments(one?.role ?? '').map(each => each.toJS() as ApiObject);
    expect(given).toHaveLength(2);
    const then = withObjects(chart, given);
    if (!one) return;
    expect(can(then, one.who, one.permission).may).toBe(true);
    for (const other of [
      { ...one.permission, verb: 'watch' },
      ...(one.permission.namespace === undefined ? [] : [{ ...one.permission, namespace: 'other' }]),
      ...(one.permission.path === undefined ? [{ ...one.permission, resource: 'secrets' }] : []),
      ...(one.permission.verb === 'delete' ? [{ ...one.permission, name: 'other' }] : []),
    ])
      expect(can(then, one.who, other).may, JSON.stringify(other)).toBe(false);
    expect(can(then, { user: 'joe', groups: [] }, one.permission).may).toBe(false);
  });

  test('whom the server saw: a certificate, a service account, nobody, or who knows', () => {
    const of = (user: string) =>
      refusedIn(
        `User "${user}" cannot list resource "pods" in API group "" at the cluster scope`,
        baseChart('five'),
      )?.identity.join('\n') ?? '';
    expect(of('system:serviceaccount:dev:builder')).toContain('service account builder of the namespace dev');
    expect(of('system:bootstrap:abcdef')).toContain('bootstrap token');
    expect(of('system:anonymous')).toContain('no credential');
    expect(of('jane')).toMatch(/X\.509.*token.*X-Remote-User/s);
    expect(of("'jane'")).toContain('quotes or blanks are part of the name');
    expect(of('kubernetes-admin')).toContain('system:masters');
  });

  test('what is bound is shown, and a component is not given a role by hand', async () => {
    const fixture = await readFixture('forbidden-for-user', 'sick-role-absent.yaml');
    const binding =
      'value' in (fixture.chart.api.objects['rolebindings.rbac.authorization.k8s.io'] ?? {}) ? fixture.findings[0] : '';
    expect(binding).toContain('role-absent');
    const jane = refusedIn(
      'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
      fixture.chart,
    );
    expect(jane?.bound?.join('\n')).toContain('does not exist');
    const scheduler = refusedIn(
      'User "system:kube-scheduler" cannot list resource "pods" in API group "" at the cluster scope',
      fixture.chart,
    );
    expect(scheduler?.role).toBeUndefined();
    expect(scheduler?.cautions.join()).toContain('forbidden-for-component');
  });

  test('a refusal that RBAC confirms is ill for the one who asks, with its reason', () => {
    const found = answer(
      'Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" ' +
        'in the namespace "dev"',
      cases,
      baseChart('five'),
    );
    expect(found.report?.verdict).toBe('ill');
    expect(found.candidates.find(one => one.case === 'forbidden-for-user')?.tested).toMatchObject({
      result: 'confirmed',
      says: expect.stringContaining('no binding lets user "jane"') as string,
    });
  });
});

const withObjects = (chart: Chart, given: readonly ApiObject[]): Chart => {
  const objects = { ...chart.api.objects };
  for (const one of given) {
    const list = `${String(one.kind).toLowerCase()}s.rbac.authorization.k8s.io`;
    const old = objects[list];
    if (old && 'value' in old) objects[list] = { ...old, value: [...old.value, one] };
  }
  return { ...chart, api: { ...chart.api, objects } };
};

describe('the hash of a CA in a text', () => {
  const error = (hash: string): string =>
    `error execution phase preflight: couldn't validate the identity of the API Server: cluster CA found in ` +
    `cluster-info ConfigMap is invalid: none of the public keys "${hash}" are pinned`;
  const other = `sha256:${'0'.repeat(64)}`;
  const chart = baseChart('five');
  const right = `sha256:${trueAuthority(chart, 'ca')[0]?.spkiSha256}`;

  test('one that was met and is the cluster’s: the join command is wrong, and the right hash is given', () => {
    const { pinned, candidates } = answer(error(right), cases, chart);
    expect(pinned).toMatchObject({ of: 'met', result: 'right' });
    expect(pinned?.says).toContain(`the right hash is ${right}`);
    expect(candidates.map(one => one.case)).toContain('client-and-server-disagree-on-ca');
  });

  test('one that was met and is not: somebody else answers', () => {
    expect(answer(error(other), cases, chart).pinned).toMatchObject({ hash: other, of: 'met', result: 'wrong' });
  });

  test('a join command is read as well, and without a cluster nothing is said to be tested', () => {
    expect(
      answer(
        `kubeadm join 192.0.2.1:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash ${other}`,
        cases,
        chart,
      ).pinned,
    ).toMatchObject({ of: 'told', result: 'wrong' });
    expect(answer(error(other), cases).pinned?.result).toBe('untested');
  });

  test('is told to people with the way to the right one', async () => {
    const { out, code } = await output('explain', error(other));
    expect(code).toBe(0);
    expect(out).toContain(other);
    expect(out).toContain('kubeadm token create --print-join-command');
  });
});

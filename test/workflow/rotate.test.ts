/** The parts of `kw rotate` beside its plan: which phase is next, what is rewritten, what etcd holds, who needs the old. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Api } from '../../src/engine/context.js';
import { publicPemOf, serviceAccountKey } from '../../src/pki/key.js';
import { signedToken } from '../../src/pki/token.js';
import { sh } from '../../src/shell/sh.js';
import { readCluster } from '../../src/spec/index.js';
import { rotate as row } from '../../src/cli/commands-rotate.js';
import type { Drafted } from '../../src/workflow/build/draft.js';
import { rotatables } from '../../src/workflow/rotate/index.js';
import { needsOldKey } from '../../src/workflow/rotate/account-needs.js';
import { signEdges, verifyEdges } from '../../src/workflow/rotate/account-edges.js';
import { positionOf } from '../../src/workflow/rotate/position.js';
import { provePhase } from '../../src/workflow/rotate/prove.js';
import { rewriteSecrets } from '../../src/workflow/rotate/rewrite.js';
import type { Edge, Phase, Rotatable, Turning } from '../../src/workflow/rotate/rotatable.js';
import { countScript, storedEdges } from '../../src/workflow/rotate/stored-keys.js';

const good: Edge = { name: 'kw-1', ok: true, says: 'it does' };
const bad: Edge = { name: 'kw-2', ok: false, says: 'it does not' };
const unseen: Edge = { name: 'kw-3', ok: 'unknown', says: 'no answer' };
const phaseOf = (name: string, edges: readonly Edge[], acts = false): Phase => ({
  name,
  says: name,
  prove: async () => edges,
  ...(acts ? { act: async () => undefined } : { wants: async at => at.input }),
});
const plan = (steps: number) =>
  ({
    plan: { steps: Array(steps).fill({ host: 'kw-1', key: 'sa.pub', changes: [{ field: 'content' }] }) },
  }) as unknown as Drafted;
const at = { input: { spec: {}, facts: new Map() } } as unknown as Turning;
const thing = (stands: number, ...phases: readonly Phase[]): Rotatable => ({
  name: 'x',
  says: '',
  phases,
  stands: () => stands,
});

describe('which phase is next', () => {
  const three = (first: readonly Edge[], second: readonly Edge[]) =>
    [phaseOf('add', first), phaseOf('rewrite', second, true), phaseOf('drop', [good])] as const;
  test.each([
    ['nothing is under way', 0, [bad], [bad], 0, 'add', false],
    ['the first is not proven', 1, [good, bad], [bad], 0, 'add', true],
    ['an edge that was not seen is not done', 1, [unseen], [bad], 0, 'add', true],
    ['units have still to restart', 1, [good], [bad], 2, 'add', true],
    ['the first is complete', 1, [good], [bad], 0, 'rewrite', false],
    ['one without files is done by its proof alone', 1, [good], [good], 0, 'drop', false],
    ['the last stands on some hosts', 3, [good], [good], 1, 'drop', true],
  ] as const)('%s', async (_, stands, first, second, steps, name, again) => {
    const found = await positionOf(thing(stands, ...three(first, second)), at, plan(steps));
    expect([found.phase.name, found.again]).toEqual([name, again]);
  });
});

test('a phase without an edge that says so is not proven', async () => {
  const turning = { ...at, clock: () => new Date() };
  const proves = (edges: readonly Edge[]) => provePhase({ prove: async () => edges }, turning, () => undefined);
  expect(await Promise.all([[good], [good, unseen], [good, bad], []].map(proves))).toEqual([true, false, false, false]);
});

describe('every Secret is written again', () => {
  const world = (refuses: Readonly<Record<string, readonly number[]>> = {}) => {
    const puts: string[] = [];
    const left = new Map(Object.entries(refuses).map(([name, codes]) => [name, [...codes]]));
    const names = Array.from({ length: 23 }, (_, n) => `s-${n}`);
    const objectOf = (name: string, version: string) => ({
      metadata: { namespace: 'n', name, resourceVersion: version },
      data: { a: 'eA==' },
    });
    const api: Api = {
      request: async (method, path, body) => {
        const [, name = ''] = /secrets\/([^?]+)$/.exec(path) ?? [];
        if (method === 'PUT') {
          const code = left.get(name)?.shift() ?? 200;
          const { metadata } = body as ReturnType<typeof objectOf>;
          if (code === 200) puts.push(`${name} ${metadata.resourceVersion}`);
          return { status: code, body: { message: 'it was refused' } };
        }
        if (name !== '') return { status: 200, body: objectOf(name, '2') };
        const from = Number(/continue=(\d+)/.exec(path)?.[1] ?? 0);
        const to = from + 10;
        const items = names.slice(from, to).map(one => objectOf(one, '1'));
        return { status: 200, body: { items, metadata: to < names.length ? { continue: String(to) } : {} } };
      },
    };
    return { puts, session: { api: async () => api } as unknown as Turning['session'] };
  };

  test('in pages, each once', async () => {
    const { puts, session } = world();
    await rewriteSecrets({ session }, () => undefined);
    expect(new Set(puts).size).toBe(23);
  });

  test('one that somebody else has written meanwhile is read anew; one that is gone is none', async () => {
    const { puts, session } = world({ 's-3': [409, 409], 's-4': [404] });
    await rewriteSecrets({ session }, () => undefined);
    expect(puts).toContain('s-3 2');
    expect(puts).toHaveLength(22);
  });

  test.each([
    ['refused', [403], /s-5: 403 it was refused/],
    ['changed again and again', [409, 409, 409, 409, 409], /409/],
  ])('%s: it ends, and says which', async (_, codes, says) => {
    const { session } = world({ 's-5': codes });
    await expect(rewriteSecrets({ session }, () => undefined)).rejects.toThrow(says);
  });
});

describe('what etcd holds', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  const counted = (output: string, code = 0): string => {
    const folder = mkdtempSync(join(tmpdir(), 'kw-etcd-'));
    folders.push(folder);
    writeFileSync(join(folder, 'out'), output);
    const ctl = sh`fake() { cat ${join(folder, 'out')}; return ${code}; }; fake`;
    return execFileSync('sh', ['-c', countScript(ctl)], { encoding: 'utf8' });
  };
  const value = (text: string): string => `"Key" : "/registry/secrets/n/x"\n"Value" : "${text}"\n"Lease" : 0\n`;
  const fields = `"ClusterID" : 1\n${value('k8s:enc:secretbox:v1:key1:\\xab\\n')}${value(
    'k8s:enc:secretbox:v1:key2:\\x00k8s:enc:secretbox:v1:key1:',
  )}${value('k8s:enc:secretbox:v1:key2:\\"')}${value('k8s\\x00\\n\\f\\n\\x02v1\\x12\\x06Secret hunter2')}"More" : false\n`;

  test('values by their first bytes; nothing of what is in them is printed', () => {
    const output = counted(fields);
    expect(output.replaceAll(/ +/g, ' ')).toBe(
      ' 1 k8s:enc:secretbox:v1:key1:\n 2 k8s:enc:secretbox:v1:key2:\n 1 plain\nend=yes\n',
    );
  });

  const edges = (stdout: string) => {
    const spec = { hosts: [{ name: 'kw-1', address: '10.0.0.1', roles: ['etcd'] }] };
    const connections = async () => ({ run: async () => ({ code: 0, stdout, stderr: 'it is away' }) });
    const session = { spec, lost: new Map(), connections };
    const input = { rotation: { encryption: ['key2', 'key1'] } };
    return storedEdges({ session, input } as unknown as Turning);
  };

  test('one value of the old key, or one in plain text, is not done', async () => {
    expect(await edges(counted(fields))).toMatchObject([{ ok: false, says: expect.stringMatching(/key1.*plain/) }]);
    expect(await edges('  7 k8s:enc:secretbox:v1:key2:\nend=yes\n')).toMatchObject([{ ok: true }]);
  });

  test('etcd that does not answer, or not to the end, holds nobody knows what', async () => {
    await expect(edges(counted('', 1))).rejects.toThrow(/does not say what it holds: it is away/);
    await expect(edges('  7 k8s:enc:secretbox:v1:key2:\n')).rejects.toThrow(/does not say/);
  });
});

describe('the service-account key', async () => {
  const [old, next] = (await Promise.all([serviceAccountKey(), serviceAccountKey()])).map(one => one.privatePem) as [
    string,
    string,
  ];
  const publics = [next, old].map(key => publicPemOf(key) ?? '');
  const claims = { issuer: 'i', namespace: 'n', name: 'default', uid: 'u', now: 0, seconds: 600 };
  const secret = (name: string, key: string) => ({
    metadata: { namespace: 'n', name },
    data: { token: Buffer.from(signedToken(key, claims)).toString('base64') },
  });
  const pod = (name: string, startedAt: string | undefined, more: object = {}) => ({
    metadata: { namespace: 'n', name },
    spec: { volumes: [{ projected: { sources: [{ serviceAccountToken: {} }] } }] },
    status: { phase: 'Running', containerStatuses: [{ state: startedAt ? { running: { startedAt } } : {} }] },
    ...more,
  });
  const specOf = () => {
    const host = '  - { name: kw-1, address: 10.0.0.1, roles: [etcd, controlPlane] }';
    const text = `apiVersion: kubewizard/v1\nkind: Cluster\nname: demo\nkubernetes: 1.29.3\nhosts:\n${host}\n`;
    const checked = readCluster(text, 'cluster.yaml');
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
    return checked.value;
  };
  const turning = (answer: (path: string, body?: unknown) => { status: number; body: unknown }): Turning =>
    ({
      vault: { reveal: (name: string) => (name === 'pki/sa.key' ? old : next) },
      clock: () => new Date(0),
      session: {
        api: async () => ({ request: async (_: string, path: string) => answer(path) }),
        apiAt: async () => ({ request: async (_: string, path: string, body: unknown) => answer(path, body) }),
      },
      input: {
        spec: specOf(),
        facts: new Map([
          ['kw-1', { keys: { verifies: publics, waiting: [], encrypts: [], verifiesSince: 1_000_000 } }],
        ]),
        rotation: { account: { verifies: publics, signs: 'x', waited: [] } },
      },
    }) as unknown as Turning;

  test('Secrets of the old key, and pods that run since before the switch, are named; others are not', async () => {
    const late = new Date(1_001_000_000).toISOString();
    const early = new Date(1_000_100_000).toISOString();
    const pods = [
      pod('young', late),
      pod('of-before', early),
      pod('silent', undefined),
      pod('without', early, { spec: { volumes: [{ secret: { secretName: 'tls' } }] } }),
      pod('over', early, { status: { phase: 'Succeeded' } }),
    ];
    const needs = await needsOldKey(
      turning(path => ({
        status: 200,
        body: { items: path.includes('secrets') ? [secret('a', old), secret('b', next)] : pods },
      })),
    );
    expect(needs.map(one => one.subject)).toEqual(['Secret n/a', 'Pod n/of-before', 'Pod n/silent']);
  });

  test('an API server is asked itself: what it refuses, or does not answer, is not proven', async () => {
    const asked = (authenticated: boolean | undefined) =>
      verifyEdges(
        turning(path =>
          path.includes('tokenreviews')
            ? { status: authenticated === undefined ? 500 : 201, body: { status: { authenticated } } }
            : { status: 200, body: { metadata: { uid: 'u' } } },
        ),
        publics.slice(0, 1),
      );
    const all = await Promise.all([true, false, undefined].map(asked));
    expect(all.flat().map(({ ok }) => ok)).toEqual([true, false, 'unknown']);
  });

  test('one that signs with another key is named', async () => {
    const signs = (key: string) =>
      signEdges(turning(() => ({ status: 201, body: { status: { token: signedToken(key, claims) } } })));
    expect((await Promise.all([next, old].map(signs))).flat().map(({ ok }) => ok)).toEqual([true, false]);
    expect((await signEdges(turning(() => ({ status: 403, body: {} }))))[0]?.ok).toBe('unknown');
  });
});

test('what can be typed is what can be exchanged', () => {
  expect([...(row('', {}).arguments?.[0]?.among ?? [])].sort()).toEqual(rotatables.map(({ name }) => name).sort());
});

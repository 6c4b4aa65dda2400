/** Credentials of people: who may have one, what it carries, what is written of it, and what is taken back. */
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bindingFor, nameProblem } from '../../src/blueprint/access/people.js';
import { revokedText, wantedBy } from '../../src/cli/commands/kubeconfig.js';
import { recorded } from '../../src/engine/audit.js';
import type { Api } from '../../src/engine/context.js';
import { openVault } from '../../src/engine/vault.js';
import { readKubeconfig } from '../../src/pki/read-kubeconfig.js';
import { readCluster } from '../../src/spec/read.js';
import { kubeconfig } from '../../src/workflow/kubeconfig.js';
import { bound, roleExists, unbind } from '../../src/workflow/people/bindings.js';
import { judged, type WantedCredential } from '../../src/workflow/people/wanted.js';
import { recordedPorts } from './recorded-ports.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kw-people-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const hour = 3_600_000;
const anna: WantedCredential = { user: 'anna', groups: [], life: 8 * hour, breaksGlass: false };
const now = new Date('2026-11-28T12:00:00.000Z');

/** A vault that is whole, and a host that nobody reaches. */
const cluster = async () => {
  const read = readCluster(
    'name: demo\nkubernetes: 1.31.0\nhosts: [{name: kw-1, address: 10.0.0.11}]\n',
    'cluster.yaml',
  );
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const opened = await openVault(dir, read.value, { now: () => now, found: async () => [] });
  expect(opened.ok).toBe(true);
  return { spec: read.value, text: '', dir, warnings: [] };
};

const made = async (wanted: WantedCredential) => {
  const told = recordedPorts({ clock: () => now });
  const text = await kubeconfig(await cluster(), told.ports, wanted, 'ada@laptop');
  const config = readKubeconfig(text).value;
  return { told, config, leaf: new X509Certificate(config?.certPem ?? '') };
};

test('a certificate has the name, groups and end that were asked for, and the journal has them first', async () => {
  const { told, config, leaf } = await made({ ...anna, groups: ['devs', 'ops'] });
  expect(leaf.subject).toBe('O=devs\nO=ops\nCN=anna');
  expect(Date.parse(leaf.validTo)).toBe(now.getTime() + 8 * hour);
  expect(config?.context).toBe('demo-anna@demo');
  expect(await recorded(dir)).toMatchObject([
    {
      type: 'credential-issued',
      user: 'anna',
      groups: ['devs', 'ops'],
      until: '2026-11-28T20:00:00Z',
      owner: 'ada@laptop',
    },
  ]);
  const [file = ''] = readdirSync(join(dir, 'journal'));
  expect(statSync(join(dir, 'journal', file)).mode & 0o777).toBe(0o600);
  expect(JSON.stringify(told.events)).toContain('cannot be revoked');
  expect(JSON.stringify(told.events)).not.toContain('PRIVATE KEY');
});

test('broken glass is system:masters, short, said and in the trail, and works while the API does not', async () => {
  const { told, leaf } = await made({ ...anna, life: hour, breaksGlass: true });
  expect(leaf.subject).toBe('O=system:masters\nCN=anna');
  expect(Date.parse(leaf.validTo)).toBe(now.getTime() + hour);
  expect(await recorded(dir)).toMatchObject([{ breaksGlass: true, groups: ['system:masters'], user: 'anna' }]);
  const notes = JSON.stringify(told.events);
  expect(notes).toContain('breaks the glass');
  expect(notes).toContain('took no Event of it');
});

test('what cannot be written to the trail is not signed', async () => {
  const file = await cluster();
  rmSync(join(dir, 'journal'), { recursive: true, force: true });
  writeFileSync(join(dir, 'journal'), 'in the way');
  await expect(kubeconfig(file, recordedPorts({ clock: () => now }).ports, anna, 'ada@laptop')).rejects.toThrow();
});

test.each([
  [{ user: 'system:kube-scheduler' }, 'system:'],
  [{ user: 'SYSTEM:masters' }, 'system:'],
  [{ groups: ['system:masters'] }, 'system:'],
  [{ user: 'kubewizard' }, 'a name of Kubewizard itself'],
  [{ user: 'Kubewizard:admin:kw-1' }, 'a name of Kubewizard itself'],
  [{ groups: ['kubewizard:administrators'] }, 'a name of Kubewizard itself'],
  [{ user: 'anna\n' }, 'not a valid name'],
  [{ user: 'a/b' }, 'not a valid name'],
  [{ user: '--role' }, 'not a valid name'],
  [{ user: 'x'.repeat(65) }, 'not a valid name'],
  [{ role: '../secrets' }, 'not a valid name of a role'],
  [{ life: 60_000 }, '5m to 7d'],
  [{ life: 8 * 24 * hour }, '5m to 7d'],
  [{ life: 25 * hour, breaksGlass: true }, '5m to 1d'],
  [{ breaksGlass: true, role: 'view' }, 'neither --role nor --group'],
  [{ breaksGlass: true, groups: ['devs'] }, 'neither --role nor --group'],
] as const)('%j is refused before any host is called', async (more, why) => {
  const told = recordedPorts();
  await expect(kubeconfig(await cluster(), told.ports, { ...anna, ...more }, 'ada@laptop')).rejects.toThrow(why);
  expect(told.events).toEqual([]);
  expect(existsSync(join(dir, 'journal'))).toBe(false);
});

test('no name that begins with system:, in any case and with anything behind it, is ever signed', () => {
  fc.assert(
    fc.property(fc.constantFrom('system:', 'System:', 'SYSTEM:', 'sYsTeM:'), fc.string(), (head, tail) => {
      expect(nameProblem(head + tail)).toBeDefined();
      expect(() => judged({ ...anna, user: head + tail })).toThrow();
      expect(() => judged({ ...anna, groups: ['devs', head + tail] })).toThrow();
    }),
  );
});

test('whoever names nobody gets a binding of their own; for others nothing is bound that was not named', () => {
  expect(wantedBy({}, 'ada')).toEqual({
    user: 'ada',
    role: 'cluster-admin',
    groups: [],
    life: 8 * hour,
    breaksGlass: false,
  });
  expect(wantedBy({ user: 'anna' }, 'ada').role).toBeUndefined();
  expect(wantedBy({ group: ['devs'] }, 'ada').role).toBeUndefined();
  expect(wantedBy({ breakGlass: true }, 'ada')).toEqual({ user: 'ada', groups: [], life: hour, breaksGlass: true });
});

type Kept = ReturnType<typeof bindingFor>;
/** As an API server: bindings by name, the roles that Kubernetes brings. */
const api = (bindings: Kept[] = []): { readonly api: Api; readonly bindings: Kept[]; readonly wrote: string[] } => {
  const wrote: string[] = [];
  const request: Api['request'] = async (method, path, body) => {
    const name = decodeURIComponent(path.split('/').at(-1) ?? '');
    if (method !== 'GET') wrote.push(`${method} ${name}`);
    if (path.includes('/clusterroles/')) return { status: ['view', 'edit'].includes(name) ? 200 : 404, body: {} };
    if (method === 'POST') return { status: 201, body: bindings.push(body as Kept) };
    const at = bindings.findIndex(one => one.metadata.name === name);
    if (method === 'DELETE') return { status: bindings.splice(at, 1).length > 0 ? 200 : 404, body: {} };
    if (path.endsWith('/rolebindings')) return { status: 200, body: { items: [] } };
    const labelled = bindings.filter(one => 'kubewizard.io/made-for' in one.metadata.labels);
    if (name.startsWith('clusterrolebindings'))
      return { status: 200, body: { items: name.includes('labelSelector') ? labelled : [...bindings] } };
    return at < 0 ? { status: 404, body: {} } : { status: 200, body: bindings[at] };
  };
  return { api: { request }, bindings, wrote };
};

const subject = { kind: 'User', name: 'anna' } as const;

test('a binding is made once and then kept; a role that there is not is refused', async () => {
  const world = api();
  expect([await bound(world.api, subject, 'view'), await bound(world.api, subject, 'view')]).toEqual(['made', 'kept']);
  expect(world.wrote).toHaveLength(1);
  expect(world.bindings).toEqual([bindingFor(subject, 'view')]);
  await expect(roleExists(world.api, 'viewer')).rejects.toThrow('no ClusterRole viewer');
  await roleExists(world.api, 'view');
});

test.each([
  ['another role', { roleRef: { apiGroup: '', kind: 'ClusterRole', name: 'cluster-admin' } }],
  [
    'another subject beside',
    { subjects: [...bindingFor(subject, 'view').subjects, { kind: 'User', name: 'eve', apiGroup: '' }] },
  ],
  ['nobody', { subjects: [] }],
] as const)('a binding of our name with %s is refused, and stays', async (_, other) => {
  const there = { ...bindingFor(subject, 'view'), ...other } as Kept;
  const world = api([there]);
  await expect(bound(world.api, subject, 'view')).rejects.toThrow('binds something else');
  expect(world.wrote).toEqual([]);
});

test('revoking takes what kw has bound for that user, and names what others have', async () => {
  const theirs = { ...bindingFor(subject, 'edit'), metadata: { name: 'theirs', labels: {} } } as unknown as Kept;
  const world = api([bindingFor(subject, 'view'), bindingFor({ kind: 'User', name: 'bob' }, 'view'), theirs]);
  const done = await unbind(world.api, subject);
  expect(done).toEqual({ gone: ['kubewizard:user:anna:view'], left: ['theirs'] });
  expect(world.bindings.map(one => one.metadata.name)).toEqual(['kubewizard:user:bob:view', 'theirs']);
  await made({ ...anna, groups: ['devs'] });
  const text = revokedText('anna', done, await recorded(dir), now);
  expect(text).toMatch(/gone: kubewizard:user:anna:view\n.*still in force: theirs\n.*groups.*devs\n/);
});

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { keepScript, takeBackScript, touchedBy } from '../../src/engine/heal/keep.js';
import { takeBackObjects } from '../../src/engine/heal/objects.js';
import type { Plan, Step } from '../../src/model/plan.js';

const dir = mkdtempSync(join(tmpdir(), 'kw-heal-'));
afterAll(() => rmSync(dir, { recursive: true }));
const sh = (script: string): void => { execFileSync('sh', { input: script }); };
const keeps = join(dir, 'keeps');

const touched = (...paths: string[]) => ({ host: 'a', paths, units: [], sysctls: {} });

test('what a therapy changed, made and removed is as before again', () => {
  const [changed, made, removed, link] = ['changed file', 'made', 'sub/removed', 'link'].map(name => join(dir, 'etc', name)) as [string, string, string, string];
  mkdirSync(join(dir, 'etc/sub'), { recursive: true });
  writeFileSync(changed, 'before\n'); chmodSync(changed, 0o600);
  writeFileSync(removed, 'was here\n');
  symlinkSync(changed, link);
  const what = touched(changed, made, removed, link);
  sh(keepScript('r1', what, keeps));
  writeFileSync(changed, 'after\n'); chmodSync(changed, 0o644);
  writeFileSync(made, 'new\n');
  rmSync(join(dir, 'etc/sub'), { recursive: true });
  rmSync(link);
  sh(takeBackScript('r1', what, keeps));
  expect(readFileSync(changed, 'utf8')).toBe('before\n');
  expect(statSync(changed).mode & 0o777).toBe(0o600);
  expect(readFileSync(removed, 'utf8')).toBe('was here\n');
  expect(existsSync(made)).toBe(false);
  expect(readFileSync(link, 'utf8')).toBe('before\n');
  expect(readdirSync(join(dir, 'etc')).filter(name => name.endsWith('.kw-part'))).toEqual([]);
});

test('a second call of the same run keeps the first copy', () => {
  const file = join(dir, 'twice');
  writeFileSync(file, 'first\n');
  sh(keepScript('r2', touched(file), keeps));
  writeFileSync(file, 'second\n');
  sh(keepScript('r2', touched(file), keeps));
  sh(takeBackScript('r2', touched(file), keeps));
  expect(readFileSync(file, 'utf8')).toBe('first\n');
});

test('nothing is taken back from a copy that is not whole', () => {
  expect(() => sh(takeBackScript('never', touched(join(dir, 'x')), keeps))).toThrow();
});

test('touched is what the steps of a host write, and their units', () => {
  const step = (more: Partial<Step>): Step => ({ id: '', host: 'a', kind: 'file', key: '/f', stage: 'host', because: '', changes: [], actions: [], risk: 'none', after: [], question: { ask: 'host', script: '' }, seen: '', ...more });
  const plan: Plan = { cluster: 'c', examined: 0, unseen: [], digest: '', steps: [
    step({ actions: [{ do: 'put', path: '/f', content: [], mode: 0o644 }] }),
    step({ kind: 'certificate', key: '/c.crt', actions: [{ do: 'issue', request: { ca: 'ca', commonName: 'x', organizations: [], sans: [], usages: [], days: 1 }, to: { as: 'pem', cert: '/c.crt', key: '/c.key' } }] }),
    step({ kind: 'service', key: 'kubelet.service' }),
    step({ kind: 'sysctl', key: 'net.ipv4.ip_forward', changes: [{ field: 'value', from: '0', to: '1' }] }),
    step({ host: 'cluster', kind: 'object', key: '/api/v1/x', question: { ask: 'api', path: '/api/v1/x' } }),
  ] };
  expect(touchedBy(plan)).toEqual([{ host: 'a', paths: ['/f', '/c.crt', '/c.key'], units: ['kubelet.service'], sysctls: { 'net.ipv4.ip_forward': '0' } }]);
});

test('objects come back whole, made anew or replaced; one that was not there goes', async () => {
  const said: unknown[] = [];
  const api = async () => ({ request: async (method: string, path: string, body?: unknown) => {
    if (method !== 'GET') said.push([method, path, body]);
    return path.endsWith('gone') ? { status: 404, body: {} } : { status: 200, body: { metadata: { resourceVersion: '9' } } };
  } });
  await takeBackObjects([{ path: '/a/made' }, { path: '/a/gone', body: { metadata: { name: 'gone', uid: 'u', resourceVersion: '1' }, data: 1 } }, { path: '/a/here', body: { metadata: { name: 'here', uid: 'u', resourceVersion: '1' }, data: 2 } }], api);
  expect(said).toEqual([
    ['DELETE', '/a/made', undefined],
    ['POST', '/a', { metadata: { name: 'gone' }, data: 1 }],
    ['PUT', '/a/here', { metadata: { name: 'here', resourceVersion: '9' }, data: 2 }],
  ]);
});

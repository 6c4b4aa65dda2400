import { expect, test } from 'vitest';
import { readBackups, readTaken, recordIn } from '../../src/facts/backups.js';
import { judgeBackup, type KnownOf } from '../../src/preflight/backups.js';

const sha256 = 'ab'.repeat(32);
const uid = '0f4c9a3e-1111-4222-8333-444455556666';
const record = {
  version: 1,
  verdict: 'proven',
  problem: '',
  sha256,
  size: 20512,
  at: 1795907173,
  revision: 8,
  keys: 7,
  hash: 1,
  compared: true,
  uid,
  etcd: '3.7.3',
  encryption: 'k8s:enc:secretbox:v1:key1: k8s:enc:aescbc:v1:old:',
  authorities: '',
  seconds: 3,
};
const path = '/var/lib/kubewizard/snapshots/etcd-20261128T230606Z.db';
const line = (change: Partial<Record<keyof typeof record, unknown>> = {}, whole = 'yes', sum = sha256): string => {
  const packed = Buffer.from(JSON.stringify({ ...record, ...change })).toString('base64');
  return `${whole} ${sum} 20512 1795907166 ${packed} ${path}`;
};
const ca = 'ca'.repeat(32);
const judged = (text: string, known: KnownOf | undefined = { uid, authorities: [ca] }) => {
  const [file] = readBackups(`${text}\nend\n`);
  return file && judgeBackup('kw-1', file, known).state;
};

test('a list is read, and each is judged by its bytes, its record and its cluster', () => {
  expect(readBackups('end\n')).toEqual([]);
  expect(readBackups(`${line()}\nend\n`)[0]).toMatchObject({
    path,
    whole: 'yes',
    record: { revision: 8, encryption: ['k8s:enc:secretbox:v1:key1:', 'k8s:enc:aescbc:v1:old:'] },
  });
  expect(judged(line())).toBe('proven');
  expect(judged(line({ verdict: 'unproven', problem: 'no-room' }))).toBe('unproven');
  expect(judged(line({ verdict: 'bad', problem: 'hash-differs' }))).toBe('unusable');
  expect(judged(line(), { uid: '1f4c9a3e-1111-4222-8333-444455556666', authorities: [ca] })).toBe('other-cluster');
  // Without one of the UIDs the CAs tell.
  expect(judged(line({ authorities: 'cb'.repeat(32) }), { authorities: [ca] })).toBe('other-cluster');
  expect(judged(line({ authorities: `${'cb'.repeat(32)} ${ca}` }), { authorities: [ca] })).toBe('proven');
  expect(judged(line({ uid: '', authorities: 'cb'.repeat(32) }))).toBe('other-cluster');
  // Built anew of its own keys: one CA, two UIDs; not where others may have that CA.
  const anew = { uid: '1f4c9a3e-1111-4222-8333-444455556666', authorities: [ca] };
  expect(judged(line({ authorities: ca }), anew)).toBe('proven');
  expect(judged(line({ authorities: ca }), { ...anew, shared: true })).toBe('other-cluster');
  expect(judged(line({ authorities: ca }), { authorities: [ca], shared: true })).toBe('proven');
  expect(judged(line({ uid: '' }))).toBe('proven');
  expect(judged(`yes ${sha256} 1 1 - ${path}`)).toBe('unproven');
  for (const kind of ['empty', 'cut', 'changed'] as const) expect(judged(line({}, kind, '-'))).toBe(kind);
  expect(judged(`unfinished - 1 1 - ${path}.part`)).toBe('unfinished');
});

test('a record of other bytes under the same name proves nothing', () => {
  expect(judged(line({ sha256: 'cd'.repeat(32) }))).toBe('unproven');
});

test.each([
  ['that broke off', line()],
  ['with a state that is none', `${line({}, 'fine')}\nend`],
  ['with a path elsewhere', `yes ${sha256} 1 1 - /etc/shadow\nend`],
  ['with a path that is a command', `yes ${sha256} 1 1 - ${path};reboot\nend`],
  ['with a size that is none', `yes ${sha256} many 1 - ${path}\nend`],
])('a list %s is unreadable, never empty', (_what, text) => {
  expect(() => readBackups(text)).toThrow();
});

test.each([
  ['verdict', 'fine'],
  ['size', -1],
  ['keys', '7'],
  ['uid', '$(reboot)'],
  ['etcd', '3.7.3; reboot'],
  ['encryption', 'k8s:$(x)'],
  ['authorities', '$(reboot)'],
  ['sha256', 'ab'],
  ['version', 2],
])('a record with a strange %s is none', (field, value) => {
  expect(recordIn(JSON.stringify(record))).toBeDefined();
  expect(recordIn(JSON.stringify({ ...record, [field]: value }))).toBeUndefined();
});

test('what was taken is told by its path and record', () => {
  expect(readTaken(`${path}\n${JSON.stringify(record)}\n`)).toMatchObject({ path, record: { keys: 7 } });
  expect(() => readTaken(`${path}\n`)).toThrow();
  expect(() => readTaken(`/etc/x.db\n${JSON.stringify(record)}\n`)).toThrow();
});

test('a time of which no calendar has a day is not believed: a list is shown and chosen from by it', () => {
  const at = (written: string): string => `yes ${sha256} 1 ${written} - ${path}\nend\n`;
  expect(() => readBackups(at('999999999999999'))).toThrow('makes no sense');
  for (const written of ['0', '1795907166', '9'.repeat(12)]) {
    const [file] = readBackups(at(written));
    expect(new Date((file?.written ?? Number.NaN) * 1000).toISOString()).toMatch(/Z$/);
  }
});

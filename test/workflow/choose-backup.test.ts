import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/engine/session.js';
import { readCluster } from '../../src/spec/index.js';
import type { Running } from '../../src/facts/restore-member.js';
import { chosen } from '../../src/workflow/backup/choose.js';
import type { KnownOf } from '../../src/preflight/backups.js';
import type { Story } from '../../src/workflow/story.js';

const checked = readCluster(
  'name: prod\nkubernetes: 1.36.3\nendpoint: {address: 10.0.0.100}\nhosts:\n' +
    [1, 2, 3].map(at => `  - {name: kw-${at}, address: 10.0.0.1${at}}\n`).join(''),
  'cluster.yaml',
);
if (!checked.ok) throw new Error('the file of this test is wrong');
const spec = checked.value;

const uid = '0f4c9a3e-1111-4222-8333-444455556666';
const other = '1f4c9a3e-1111-4222-8333-444455556666';
const folder = '/var/lib/kubewizard/snapshots';

interface Lies {
  readonly host: string;
  readonly name: string;
  readonly written: number;
  readonly digest: string;
  readonly state?: string;
  readonly verdict?: 'proven' | 'bad' | undefined;
  readonly uid?: string;
  readonly authorities?: string;
  readonly etcd?: string;
}

const recordOf = ({ digest, verdict, uid: of = uid, authorities = '', etcd = '3.7.3' }: Lies): string =>
  JSON.stringify({
    version: 1,
    verdict,
    problem: verdict === 'bad' ? 'hash-differs' : '',
    sha256: digest.repeat(32),
    size: 4128,
    at: 1,
    revision: 8,
    keys: 7,
    hash: 1,
    compared: true,
    uid: of,
    etcd,
    authorities,
    encryption: '',
    seconds: 1,
  });

/** Hosts that list these; a proof of any says `proves`. */
const session = (lies: readonly Lies[], proves: Partial<Lies> = {}, broken: readonly string[] = []) => {
  const asked: string[] = [];
  const run = async (host: string, script: string) => {
    const answer = (stdout: string, code = 0) => ({ code, stdout, stderr: '' });
    if (broken.includes(host)) return answer('', 1);
    const [, verb, path = ''] = /^set -- (\S+) (\S*)/.exec(script) ?? [];
    if (verb === 'prove') {
      asked.push(`${host}:${path}`);
      const one = lies.find(each => path.endsWith(each.name));
      if (!one) return answer('', 1);
      const verdict = proves.verdict ?? 'proven';
      return answer(`${path}\n${recordOf({ ...one, verdict, ...proves })}\n`, verdict === 'bad' ? 4 : 0);
    }
    const lines = lies
      .filter(one => one.host === host)
      .map(one => {
        const record = one.verdict === undefined ? '-' : Buffer.from(recordOf(one)).toString('base64');
        return `${one.state ?? 'yes'} ${one.digest.repeat(32)} 4128 ${one.written} ${record} ${folder}/${one.name}`;
      });
    return answer(`${[...lines, 'end'].join('\n')}\n`);
  };
  const connections = async (host: string) => ({ run: (script: string) => run(host, script) });
  return { asked, session: { spec, lost: new Map(), connections } as unknown as Session };
};

const story = { emit: () => undefined } as unknown as Story;
const member = { etcd: '3.7.3', data: true, quorum: false, members: [], clients: [] };
const members = new Map(spec.hosts.map(({ name }) => [name, member]));
const choose = (
  of: ReturnType<typeof session>,
  named?: string,
  running?: Running,
  known: KnownOf | undefined = { uid, authorities: ['ca'.repeat(32)] },
) => chosen(story, of.session, { named, running, known, hosts: spec.hosts, members });

const old: Lies = { host: 'kw-1', name: 'etcd-1.db', written: 1, digest: 'aa', verdict: 'proven' };
const young: Lies = { host: 'kw-2', name: 'etcd-2.db', written: 2, digest: 'bb', verdict: 'proven' };

test('without a name it is the newest that is proven, on whatever host', async () => {
  expect(await choose(session([old, young]))).toMatchObject({ host: 'kw-2', sha256: 'bb'.repeat(32) });
  const unproven: Lies = { host: 'kw-3', name: 'etcd-3.db', written: 3, digest: 'cc' };
  expect(await choose(session([old, young, unproven]))).toMatchObject({ host: 'kw-2' });
});

test('one that nobody has proven is proven first, and refused where that fails', async () => {
  const unproven: Lies = { host: 'kw-3', name: 'etcd-3.db', written: 3, digest: 'cc' };
  const fine = session([unproven]);
  expect(await choose(fine, 'kw-3:etcd-3.db')).toMatchObject({ state: 'proven' });
  expect(fine.asked).toEqual([`kw-3:${folder}/etcd-3.db`]);
  await expect(choose(session([unproven], { verdict: 'bad' }))).rejects.toMatchObject({
    failure: { class: 'refused' },
  });
  await expect(choose(session([unproven], { uid: other }))).rejects.toThrow('of another cluster');
});

test.each([
  ['cut off', { state: 'cut' }, 'cut off'],
  ['changed', { state: 'changed' }, 'not those that were written'],
  ['empty', { state: 'empty' }, 'empty'],
  ['unfinished', { state: 'unfinished' }, 'unfinished'],
  ['bad by its proof', { verdict: 'bad' as const }, 'not those of the living etcd'],
  ['of another cluster', { uid: other }, 'of another cluster'],
])('one that is %s is never restored, also by its name', async (_what, change, says) => {
  await expect(choose(session([{ ...young, ...change }]), 'etcd-2.db')).rejects.toThrow(says);
});

test('none is none', async () => {
  await expect(choose(session([]))).rejects.toMatchObject({ failure: { class: 'refused' } });
  await expect(choose(session([young]), 'etcd-9.db')).rejects.toThrow('etcd-9.db');
});

test('a restore that was cut off goes on with its own backup, and with no other', async () => {
  const running = { run: '20261128T230606Z-aaaaaaaaaaaa', sha256: 'aa'.repeat(32), members: ['kw-1'] };
  expect(await choose(session([old, young]), undefined, running)).toMatchObject({ host: 'kw-1' });
  await expect(choose(session([old, young]), 'etcd-2.db', running)).rejects.toThrow('was begun, and did not end');
  await expect(choose(session([young]), undefined, running)).rejects.toMatchObject({
    failure: { help: expect.stringContaining('on no host any more') },
  });
});

test('one that was proven with another etcd than the one that is here is proven again', async () => {
  const before = { ...young, etcd: '3.6.16' };
  const fine = session([before], { etcd: '3.7.3' });
  expect(await choose(fine)).toMatchObject({ state: 'proven', record: { etcd: '3.7.3' } });
  expect(fine.asked).toEqual([`kw-2:${folder}/etcd-2.db`]);
  await expect(choose(session([before], { verdict: 'bad' }))).rejects.toMatchObject({ failure: { class: 'refused' } });
  const patch = session([{ ...young, etcd: '3.7.1' }]);
  await choose(patch);
  expect(patch.asked).toEqual([]);
});

describe('a control machine that never met the API', () => {
  const strange: Lies = { ...young, uid: other, name: 'manual-9.db', written: 9 };
  const ours = { authorities: ['ca'.repeat(32)] };

  test('learns the cluster from backups that were compared with the etcd of their hosts', async () => {
    expect(await choose(session([old, young]), undefined, undefined, ours)).toMatchObject({ host: 'kw-2' });
  });
  test('goes by the CA where these contradict each other, and looks for it where nobody has', async () => {
    const both = session([old, strange], { authorities: 'ca'.repeat(32) });
    expect(await choose(both, 'etcd-1.db', undefined, ours)).toMatchObject({ host: 'kw-1' });
    expect(both.asked).toEqual([`kw-1:${folder}/etcd-1.db`]);
    const theirs = session([old, strange], { authorities: 'cb'.repeat(32) });
    await expect(choose(theirs, 'manual-9.db', undefined, ours)).rejects.toThrow('of another cluster');
  });
  test('refuses what nobody can tell, and says what would', async () => {
    const failure = await choose(session([old, strange]), 'manual-9.db', undefined, ours).catch(error => error.failure);
    expect(failure).toMatchObject({ class: 'refused', message: expect.stringContaining('nobody can tell') });
    expect(failure.help).toContain('identity.json');
  });
});

test('one of before a fire is told by its CA, which is looked for where nobody has', async () => {
  const before = session([{ ...young, uid: other }], { authorities: 'ca'.repeat(32), uid: other });
  expect(await choose(before, 'etcd-2.db')).toMatchObject({ state: 'proven', record: { uid: other } });
  expect(before.asked).toEqual([`kw-2:${folder}/etcd-2.db`]);
});

test('a host whose list cannot be read costs its own backups alone', async () => {
  expect(await choose(session([old, young], {}, ['kw-2']))).toMatchObject({ host: 'kw-1' });
});

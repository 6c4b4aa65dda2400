import { expect, test } from 'vitest';
import type { Session } from '../../src/engine/session.js';
import { readCluster } from '../../src/spec/index.js';
import { chosen, type Running, runningOn } from '../../src/workflow/backup/choose.js';
import type { Story } from '../../src/workflow/story.js';

const checked = readCluster(
  'name: prod\nkubernetes: 1.36.3\nendpoint: 10.0.0.100\nhosts:\n' +
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
}

const recordOf = ({ digest, verdict, uid: of = uid }: Lies): string =>
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
    etcd: '3.7.3',
    encryption: '',
    seconds: 1,
  });

/** Hosts that list these; a proof of any says `proves`. */
const session = (lies: readonly Lies[], running: Readonly<Record<string, string>> = {}, proves: Partial<Lies> = {}) => {
  const asked: string[] = [];
  const run = async (host: string, script: string) => {
    const answer = (stdout: string, code = 0) => ({ code, stdout, stderr: '' });
    if (script.startsWith('cat ')) return answer(running[host] ?? '');
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
const choose = (of: ReturnType<typeof session>, named?: string, running?: Running) =>
  chosen(story, of.session, { named, running, uid });

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
  await expect(choose(session([unproven], {}, { verdict: 'bad' }))).rejects.toMatchObject({
    failure: { class: 'refused' },
  });
  await expect(choose(session([unproven], {}, { uid: other }))).rejects.toThrow('of another cluster');
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
  const running = { run: '20261128T230606Z-aaaaaaaaaaaa', sha256: 'aa'.repeat(32) };
  expect(await choose(session([old, young]), undefined, running)).toMatchObject({ host: 'kw-1' });
  await expect(choose(session([old, young]), 'etcd-2.db', running)).rejects.toThrow('was begun, and did not end');
  await expect(choose(session([young]), undefined, running)).rejects.toMatchObject({
    failure: { help: expect.stringContaining('on no host any more') },
  });
});

test('what is under way is read from any member; two, or nonsense, stop it', async () => {
  const hosts = spec.hosts;
  const line = `20261128T230606Z-aaaaaaaaaaaa ${'aa'.repeat(32)}`;
  expect(await runningOn(session([]).session, hosts)).toBeUndefined();
  expect(await runningOn(session([], { 'kw-3': line }).session, hosts)).toMatchObject({ sha256: 'aa'.repeat(32) });
  const two = session([], { 'kw-1': line, 'kw-2': line.replace('2306', '2307') }).session;
  await expect(runningOn(two, hosts)).rejects.toThrow('two restores');
  await expect(runningOn(session([], { 'kw-1': '$(reboot)' }).session, hosts)).rejects.toThrow('does not say');
});

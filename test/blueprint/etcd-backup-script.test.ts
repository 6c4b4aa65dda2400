import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backupCommand, type BackupVerb } from '../../src/blueprint/components/etcd-backup-script.js';
import { recordIn } from '../../src/facts/backups.js';
import type { ClusterSpec } from '../../src/model/cluster.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kw-backups-'));
  for (const folder of ['folder', 'other', 'bin', 'data/member/snap'])
    mkdirSync(join(dir, folder), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** As etcd writes it: whole pages, and the digest of them. */
const snapshot = (content = randomBytes(5 * 4096)): Buffer =>
  Buffer.concat([content, createHash('sha256').update(content).digest()]);

const uid = '0f4c9a3e-1111-4222-8333-444455556666';

/**
 * Programs that do as etcd's do, as far as the script sees: what the scratch etcd holds is what the snapshot was made
 * of, unless `scratch` says otherwise.
 */
const programs = (
  scratch: { readonly keys?: number; readonly hash?: number; readonly starts?: boolean } = {},
): void => {
  const put = (name: string, text: string): void => {
    writeFileSync(join(dir, 'bin', name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(dir, 'bin', name), 0o755);
  };
  const says = (keys: number, hash: number): string => `case "$*" in
*"endpoint status"*) echo '[{"Status":{"version":"3.7.3"}}]' ;;
*keys-only*) printf '"Revision" : 42\\n"Count" : ${keys}\\n' ;;
*hashkv*) echo '[{"HashKV":{"header":{"revision":42},"hash":${hash},"compact_revision":7,"hash_revision":42}}]' ;;
*kube-root-ca*) printf 'k8s\\000-----BEGIN CERTIFICATE-----\\nQUJD\\nREVG\\n-----END CERTIFICATE-----\\n\\032' ;;
*kube-system*) printf 'k8s\\000 ${uid} x' ;;
*secrets*) echo 'k8s:enc:secretbox:v1:key1:abc' ;;
esac`;
  put(
    'etcdctl',
    `case "$*" in
*"snapshot save"*) for last; do :; done; cat ${dir}/next >"$last" ;;
*10.0.0.11:2379*) ${says(10, 99)} ;;
*) ${scratch.starts === false ? 'exit 1' : says(scratch.keys ?? 10, scratch.hash ?? 99)} ;;
esac`,
  );
  put(
    'etcdutl',
    `case "$*" in *--help*) exit 0 ;; esac; grep -q REFUSED "$3" && { echo 'bad page' >&2; exit 1; }; exit 0`,
  );
  put(
    'etcd',
    scratch.starts === false
      ? 'case $1 in --version) echo "etcd Version: 3.7.3" ;; *) exit 1 ;; esac'
      : 'case $1 in --version) echo "etcd Version: 3.7.3" ;; *) exec sleep 60 ;; esac',
  );
};

const run = (
  verb: BackupVerb,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> => {
  const spec = { components: { etcd: { extraArgs: { 'data-dir': join(dir, 'data') } } } } as unknown as ClusterSpec;
  const at = { folder: join(dir, 'folder'), other: join(dir, 'other'), bin: join(dir, 'bin'), pki: join(dir, 'pki') };
  const script = backupCommand({ host: { address: '10.0.0.11' }, spec, at }, verb);
  return new Promise(resolve => {
    execFile(
      '/bin/sh',
      ['-c', script],
      { env: { ...process.env, PATH: `${join(dir, 'bin')}:${process.env.PATH ?? ''}` } },
      (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
  });
};

const states = async (): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    (await run({ verb: 'list' })).stdout
      .trim()
      .split('\n')
      .slice(0, -1)
      .map(line => [line.split('/').at(-1), line.split(' ')[0]]),
  );
const recorded = (stdout: string) => recordIn(stdout.trim().split('\n').at(-1) ?? '');

test('a backup is taken, proven against the living etcd, and recorded for root alone', async () => {
  programs();
  writeFileSync(join(dir, 'next'), snapshot());
  const { code, stdout } = await run({ verb: 'take', by: 'manual' });
  expect(code).toBe(0);
  expect(recorded(stdout)).toMatchObject({
    verdict: 'proven',
    revision: 42,
    keys: 10,
    compared: true,
    uid,
    etcd: '3.7.3',
    encryption: ['k8s:enc:secretbox:v1:key1:'],
    authorities: [createHash('sha256').update('ABCDEF').digest('hex')],
  });
  expect(readdirSync(join(dir, 'folder')).filter(name => name.startsWith('.proof'))).toEqual([]);
});

test.each([
  ['another number of keys', { keys: 9 }, 'keys-differ'],
  ['other keys', { hash: 98 }, 'hash-differs'],
  ['an etcd that does not start', { starts: false }, 'no-start'],
])('a backup with %s is bad, and says so', async (_what, scratch, problem) => {
  programs(scratch);
  writeFileSync(join(dir, 'next'), snapshot());
  const { code, stdout } = await run({ verb: 'take', by: 'timer' });
  expect(code).toBe(4);
  expect(stdout).toBe('');
  const [record = ''] = readdirSync(join(dir, 'folder')).filter(name => name.endsWith('.json'));
  expect(recordIn(readFileSync(join(dir, 'folder', record), 'utf8'))).toMatchObject({ verdict: 'bad', problem });
});

test('what etcd gives and is not whole is thrown away', async () => {
  programs();
  writeFileSync(join(dir, 'next'), snapshot().subarray(0, 9000));
  const { code, stderr } = await run({ verb: 'take', by: 'manual' });
  expect([code, stderr]).toEqual([1, expect.stringContaining('not whole')]);
  expect(readdirSync(join(dir, 'folder')).filter(name => name.includes('.db'))).toEqual([]);
});

test('the oldest go, each kind for itself, with their records', async () => {
  programs();
  writeFileSync(join(dir, 'next'), snapshot());
  for (let at = 10; at < 30; at += 1)
    for (const kind of ['etcd', 'manual'])
      for (const end of ['', '.json']) writeFileSync(join(dir, 'folder', `${kind}-202601${at}T000000Z.db${end}`), 'x');
  writeFileSync(join(dir, 'folder/mine.db'), '');
  await run({ verb: 'take', by: 'timer' });
  const left = readdirSync(join(dir, 'folder'));
  expect(left.filter(name => name.startsWith('etcd-') && name.endsWith('.db'))).toHaveLength(12);
  expect(left.filter(name => name.startsWith('etcd-') && name.endsWith('.json'))).toHaveLength(12);
  expect(left.filter(name => name.startsWith('manual-') && name.endsWith('.db'))).toHaveLength(20);
  expect(left).toContain('mine.db');
  expect(statSync(join(dir, 'folder')).mode & 0o777).toBe(0o700);
  const [made = ''] = left.filter(name => /^etcd-(?!202601).*[.]db$/.test(name));
  expect(statSync(join(dir, 'folder', made)).mode & 0o077).toBe(0);
});

test('a full disk is left to etcd', async () => {
  programs();
  writeFileSync(join(dir, 'next'), snapshot());
  writeFileSync(join(dir, 'bin/df'), "#!/bin/sh\necho head; echo 'x 1 1 1 1 /'\n");
  chmodSync(join(dir, 'bin/df'), 0o755);
  const { code, stderr } = await run({ verb: 'take', by: 'timer' });
  expect([code, stderr]).toEqual([1, expect.stringContaining('no backup')]);
  expect(readdirSync(join(dir, 'folder')).filter(name => name.includes('.db'))).toEqual([]);
});

describe('what is left of a member', () => {
  /** `is-active` says `state`; all that is asked of it is written down. */
  const systemctl = (state: string): void => {
    writeFileSync(
      join(dir, 'bin/systemctl'),
      `#!/bin/sh
echo "$*" >>${dir}/systemctl
case $1 in is-active) [ -e ${dir}/stopped ] && echo inactive || echo ${state} ;; stop) : >${dir}/stopped ;; esac\n`,
    );
    chmodSync(join(dir, 'bin/systemctl'), 0o755);
  };
  const asked = (): readonly string[] => {
    const lines = existsSync(join(dir, 'systemctl')) ? readFileSync(join(dir, 'systemctl'), 'utf8').split('\n') : [];
    return lines.filter(line => line !== '' && !line.startsWith('is-active'));
  };
  const lost = (): void => {
    const path = join(dir, 'bin/etcdctl');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('*10.0.0.11:2379*) ', '*10.0.0.11:2379*"get h"*) exit 1 ;;\n*10.0.0.11:2379*) '));
    writeFileSync(join(dir, 'next'), snapshot());
    writeFileSync(join(dir, 'data/member/snap/db'), 'data');
  };

  test.each(['active', 'activating'])('is read from a copy, and etcd, which was %s, is started again', async state => {
    programs();
    systemctl(state);
    lost();
    const { code, stdout } = await run({ verb: 'salvage' });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^raft \d+ \d+$/m)]);
    expect(recorded(stdout)).toMatchObject({ verdict: 'proven', keys: 10 });
    expect(asked()).toEqual(['stop etcd', 'start --no-block etcd']);
    expect(readFileSync(join(dir, 'data/member/snap/db'), 'utf8')).toBe('data');
  });

  test('etcd is started again also where its copy does not start, and one that was stopped stays stopped', async () => {
    programs({ starts: false });
    systemctl('active');
    lost();
    expect((await run({ verb: 'salvage' })).code).toBe(1);
    expect(asked()).toEqual(['stop etcd', 'start --no-block etcd']);
    rmSync(join(dir, 'systemctl'));
    await run({ verb: 'salvage' });
    expect(asked()).toEqual(['stop etcd']);
  });

  test('nothing is touched where etcd has its quorum by now, the disk is full, or there are no data', async () => {
    programs();
    systemctl('active');
    writeFileSync(join(dir, 'data/member/snap/db'), 'data');
    const living = await run({ verb: 'salvage' });
    expect([living.code, living.stderr]).toEqual([1, expect.stringContaining('nothing was touched')]);
    lost();
    writeFileSync(join(dir, 'bin/df'), "#!/bin/sh\necho head; echo 'x 1 1 1 1 /'\n");
    chmodSync(join(dir, 'bin/df'), 0o755);
    expect((await run({ verb: 'salvage' })).stderr).toContain('for a copy of the data');
    rmSync(join(dir, 'data/member/snap/db'));
    expect((await run({ verb: 'salvage' })).code).toBe(5);
    expect(asked()).toEqual([]);
  });
});

describe('law: every kind of damage is named, wherever it is', () => {
  const good = snapshot();
  const flipped = (at: number): Buffer => {
    const bytes = Buffer.from(good);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
  const cut = (to: number): Buffer => good.subarray(0, to);
  const some = (count: number): readonly number[] => [...randomBytes(count * 2)].map((_, at, all) => all[at] ?? 0);
  const places = some(6).map(byte => Math.floor((byte / 256) * good.length));
  const kinds: readonly (readonly [string, Buffer, string])[] = [
    ['empty', Buffer.alloc(0), 'empty'],
    ['the first bit', flipped(0), 'changed'],
    ['a bit of its sum', flipped(good.length - 1), 'changed'],
    ['one byte is missing', cut(good.length - 1), 'cut'],
    ['its sum is missing', cut(good.length - 32), 'cut'],
    ['whole pages are missing', Buffer.concat([cut(8192), good.subarray(-32)]), 'changed'],
    ['zeros', Buffer.alloc(good.length), 'changed'],
    ...places.map(at => [`a bit at ${at}`, flipped(at), 'changed'] as const),
    ...places.map(at => [`cut at ${at}`, cut(Math.max(1, at)), 'cut|changed'] as const),
  ];
  test.each(kinds)('%s', async (_what, bytes, state) => {
    programs();
    writeFileSync(join(dir, 'folder', 'etcd-1.db'), bytes);
    writeFileSync(join(dir, 'folder', 'etcd-2.db'), good);
    const seen = await states();
    expect(seen['etcd-2.db']).toBe('yes');
    expect(seen['etcd-1.db']).toMatch(new RegExp(`^(?:${state})$`));
    const { code, stdout } = await run({ verb: 'prove', path: join(dir, 'folder', 'etcd-1.db') });
    expect([code, recorded(stdout)?.verdict]).toEqual([4, 'bad']);
  });

  test('what its own sum does not tell, the restore does', async () => {
    programs();
    writeFileSync(join(dir, 'folder', 'etcd-1.db'), snapshot(Buffer.alloc(4096, 'REFUSED')));
    const { code, stdout } = await run({ verb: 'prove', path: join(dir, 'folder', 'etcd-1.db') });
    expect([code, recorded(stdout)]).toMatchObject([4, { verdict: 'bad', problem: 'no-restore' }]);
  });
});

/** A backup brought to other hosts: whole and under its name, or not there. */
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stage } from '../../src/engine/backup/stage.js';
import type { Connection } from '../../src/transport/connection.js';
import { sh } from '../../src/shell/sh.js';
import { type TestHost, testHost } from './world.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kw-stage-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true, maxRetries: 9, retryDelay: 100 }));

const content = randomBytes(9 * 2 ** 20);
const sha256 = createHash('sha256').update(content).digest('hex');
const target = '/var/lib/kubewizard/restore/x.db';

/** Three hosts; the backup lies on kw-1. `more` is run before each script. */
const staged = async (more = sh`true`, digest = sha256) => {
  const hosts = new Map(['kw-1', 'kw-2', 'kw-3'].map(name => [name, testHost(name, root)]));
  const at = (host: string): string => (hosts.get(host) as TestHost).root;
  mkdirSync(join(at('kw-1'), 'home'));
  writeFileSync(
    join(at('kw-1'), 'home/etcd.db'),
    Buffer.concat([content, createHash('sha256').update(content).digest()]),
  );
  const connections = async (host: string): Promise<Pick<Connection, 'run'>> => {
    const connection = await (hosts.get(host) as TestHost).connect();
    return {
      run: (script, options) =>
        connection.run(
          sh`eval ${`${more}\n${script.replaceAll('/var/lib/kubewizard', join(at(host), 'home'))}`}`,
          options,
        ),
    };
  };
  const from = { host: 'kw-1', path: '/var/lib/kubewizard/etcd.db' };
  const bytes = content.length + 32;
  const ended = stage({ from, to: [...hosts.keys()], target, sha256: digest, bytes, connections });
  return { at: (host: string): string => join(at(host), 'home/restore/x.db'), ended };
};

test('it comes whole to every host, the one that has it too, for root alone', async () => {
  const { at, ended } = await staged();
  await ended;
  for (const host of ['kw-1', 'kw-2', 'kw-3']) {
    expect(readFileSync(at(host)).subarray(0, -32).equals(content)).toBe(true);
    expect(statSync(at(host)).mode & 0o077).toBe(0);
    expect(existsSync(`${at(host)}.part`)).toBe(false);
  }
});

test('what is not the one that was chosen does not get its name', async () => {
  const { at, ended } = await staged(sh`true`, 'ab'.repeat(32));
  await expect(ended).rejects.toThrow('did not come whole');
  for (const host of ['kw-1', 'kw-2', 'kw-3']) expect(existsSync(at(host))).toBe(false);
});

test('a disk on which etcd needs the room is not filled', async () => {
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'bin/df'), "#!/bin/sh\necho head; echo 'x 1 1 190000 1 /'\n");
  chmodSync(join(root, 'bin/df'), 0o755);
  const { at, ended } = await staged(sh`PATH=${join(root, 'bin')}:$PATH`);
  await expect(ended).rejects.toThrow('190000 KiB are free');
  expect(existsSync(`${at('kw-2')}.part`)).toBe(false);
});

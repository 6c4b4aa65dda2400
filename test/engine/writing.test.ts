/** What reaches a host's disk: whole files, right modes, checked digests, in every shell of this machine. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { carryOut } from '../../src/engine/carry-out.js';
import type { ArtifactServer } from '../../src/engine/context.js';
import { put } from '../../src/engine/script/put.js';
import { quote, sh } from '../../src/shell/sh.js';
import { shells } from '../transport/shells.js';
import { type World, world } from './world.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kw-writing-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe.each(shells)('put in %s', (_, command, args) => {
  const run = (script: string) => spawnSync(command, args, { input: `${put}\n${script}`, encoding: 'utf8' });

  test('content, mode and folders; a link is replaced, not followed', () => {
    const target = join(folder, "a b/it's");
    mkdirSync(join(folder, 'a b'));
    writeFileSync(join(folder, 'other'), 'other');
    symlinkSync(join(folder, 'other'), target);
    const text = 'no newline at the end, \0 and é';
    expect(run(sh`kw_put ${target} 0640 '' ${base64(text)} 0137`).status).toBe(0);
    expect(readFileSync(target, 'utf8')).toBe(text);
    expect(statSync(target).mode & 0o777).toBe(0o640);
    expect(readFileSync(join(folder, 'other'), 'utf8')).toBe('other');
    expect(run(sh`kw_put ${join(folder, 'new/deep/er')} 0700 '' '' 0077`).status).toBe(0);
    expect(readFileSync(join(folder, 'new/deep/er'), 'utf8')).toBe('');
    expect(statSync(join(folder, 'new/deep/er')).mode & 0o777).toBe(0o700);
  });

  test('what cannot be written leaves the old file and nothing beside it', () => {
    const target = join(folder, 'f');
    writeFileSync(target, 'old');
    // A limit on file sizes fails in the middle of the write, as a full disk does.
    for (const script of [
      sh`kw_put ${target} 0600 nobody-has-this-name ${base64('new')} 0177`,
      `(ulimit -f 1; kw_put ${quote(target)} 0600 '' ${base64('new'.repeat(10_000))} 0177)`,
    ]) {
      expect(run(script).status).toBe(1);
      expect(readFileSync(target, 'utf8')).toBe('old');
      expect(readdirSync(folder)).toEqual(['f']);
    }
    const refused = run(sh`kw_put ${folder} 0600 '' ${base64('new')} 0177`);
    expect([refused.status, refused.stdout]).toEqual([1, `${folder} is a directory\n`]);
  });
});

test('a reader never sees half a file, nor a temporary one that others may read', async () => {
  const target = join(folder, 'f');
  const [old, new_] = ['old\n'.repeat(500_000), 'new\n'.repeat(600_000)];
  writeFileSync(target, old);
  const child = spawn('sh', [], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(child, 'close');
  child.stdin.end(
    `${put}\nfor i in 1 2 3 4 5; do kw_put ${quote(target)} 0640 '' ${base64(new_)} 0137; kw_put ` +
      `${quote(target)} 0640 '' ${base64(old)} 0137; done`,
  );
  const sizes = new Set<number>();
  const modes = new Set<number>();
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!over) {
    sizes.add(statSync(target).size);
    try {
      modes.add(statSync(join(folder, '.kw-new.f')).mode & 0o777);
    } catch {
      /* not there at this moment */
    }
    await new Promise(resolve => setImmediate(resolve));
  }
  expect([...sizes].sort()).toEqual([old.length, new_.length].sort());
  expect([...modes]).toEqual([0o640]);
});

describe('fetch', () => {
  const content = 'a large file\n'.repeat(100_000);
  const sha256 = createHash('sha256').update(content).digest('hex');
  let server: Server;
  let asked: string[] = [];
  let reply = content;
  let cutAt: number | undefined;
  let w: World;
  beforeEach(async () => {
    [asked, reply, cutAt] = [[], content, undefined];
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.setHeader('content-length', reply.length);
      if (cutAt === undefined) response.end(reply);
      else response.write(reply.slice(0, cutAt), () => response.destroy());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    w = world([{ host: 'h1', name: 'bin', want: { text: content } }]);
    Object.assign(w.resources[0]?.want ?? {}, {
      instead: [{ do: 'fetch', path: w.path('h1/bin'), sha256, size: content.length, mode: 0o755 }],
    });
  });
  afterEach(() => {
    server.close();
    w.clean();
  });
  const served = (more: Partial<ArtifactServer> = {}): ArtifactServer => ({
    port: (server.address() as AddressInfo).port,
    token: 'tok',
    address: '127.0.0.1',
    chunk: async () => undefined,
    ...more,
  });
  const store = () => w.path(`h1/home/store/${sha256}`);

  test('into the store by its digest, linked, and trusted from then on', async () => {
    expect(await carryOut(w.plan(), w.context({ server: served() }), () => {})).toMatchObject({ ok: true });
    expect(readlinkSync(w.path('h1/bin'))).toBe(store());
    expect(statSync(store()).mode & 0o777).toBe(0o755);
    const { size, mtimeMs, ino } = statSync(store());
    expect(readFileSync(`${store()}.ok`, 'utf8')).toBe(`${size} ${Math.floor(mtimeMs / 1000)} ${ino}\n`);
    expect(asked).toEqual([`/tok/${sha256}`]);
    rmSync(w.path('h1/bin'));
    expect(await carryOut(w.plan(), w.context({ server: served() }), () => {})).toMatchObject({ ok: true });
    expect(asked).toHaveLength(1);
  });

  test('a wrong file is refused with both digests, and nothing stays of it', async () => {
    reply = content.replace('large', 'wrong');
    const outcome = await carryOut(w.plan(), w.context({ server: served() }), () => {});
    expect(outcome).toMatchObject({
      exitCode: 13,
      failures: [{ message: expect.stringContaining(`wrong digest: wanted ${sha256}`) }],
    });
    expect(readdirSync(w.path('h1/home/store'))).toEqual([]);
    expect(existsSync(w.path('h1/bin'))).toBe(false);
  });

  test('a file in the store that was changed is fetched again', async () => {
    mkdirSync(w.path('h1/home/store'), { recursive: true });
    writeFileSync(store(), 'rotten');
    expect(await carryOut(w.plan(), w.context({ server: served() }), () => {})).toMatchObject({ ok: true });
    expect(w.read('h1/bin')).toBe(content);
  });

  test('where HTTP does not get through, it comes in pieces through ssh', async () => {
    cutAt = 1000;
    const chunk: ArtifactServer['chunk'] = async (sum, offset, length) =>
      sum === sha256 ? Buffer.from(content).subarray(offset, offset + Math.min(length, 400_000)) : undefined;
    expect(await carryOut(w.plan(), w.context({ server: served({ chunk }) }), () => {})).toMatchObject({ ok: true });
    expect(w.read('h1/bin')).toBe(content);
  });

  test('what the control machine does not have is said', async () => {
    const outcome = await carryOut(w.plan(), w.context({ server: served({ port: 1 }) }), () => {});
    expect(outcome.failures[0]?.message).toContain(`the control machine has no file with the digest ${sha256}`);
  });
});

import { spawn } from 'node:child_process';
import { readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { lock } from '../../src/artifacts/store/lock.js';
import { once, recall } from '../../src/artifacts/store/record.js';
import { storeStream } from '../../src/artifacts/store/store.js';
import type { Artifact } from '../../src/model/artifact.js';
import { namesIn, optionsFor, scratch } from './scratch.js';

const make = async (cache: string, text: string): Promise<Artifact> => ({
  name: text,
  version: '1',
  ...(await storeStream(join(cache, 'store'), Readable.from([Buffer.from(text)]))),
});

it('names a file by what came, and leaves nothing when the stream breaks', async () => {
  const store = join(await scratch(), 'store');
  const stored = await storeStream(store, Readable.from([Buffer.from('ab'), Buffer.from('c')]));
  expect(stored.sha256).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(await readFile(stored.file, 'utf8')).toBe('abc');
  const broken = async function* () {
    yield Buffer.from('half');
    throw new Error('cut');
  };
  await expect(storeStream(store, Readable.from(broken()))).rejects.toThrow('cut');
  expect(await namesIn(store)).toEqual([stored.sha256]);
});

it('makes once, and again when a file is gone, too short, or the record is torn', async () => {
  const cache = await scratch();
  let made = 0;
  const get = () =>
    once('thing', optionsFor(cache), async () => {
      made++;
      return { deep: [await make(cache, 'content')] };
    });
  const first = await get();
  expect(await get()).toEqual(first);
  expect(made).toBe(1);
  await truncate(first.deep[0]?.file ?? '', 3);
  await get();
  expect(made).toBe(2);
  await writeFile(join(cache, 'sets/thing.json'), '{"format":1,"val');
  expect(await recall('thing', cache)).toBeUndefined();
  await get();
  expect(made).toBe(3);
});

it('finds files where the cache is now, not where it was', async () => {
  const home = await scratch();
  await once('thing', optionsFor(join(home, 'old')), () => make(join(home, 'old'), 'content'));
  await rename(join(home, 'old'), join(home, 'new'));
  expect((await recall<Artifact>('thing', join(home, 'new')))?.file.startsWith(join(home, 'new', 'store'))).toBe(true);
});

it('remembers nothing of what failed', async () => {
  const cache = await scratch();
  await expect(once('thing', optionsFor(cache), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await recall('thing', cache)).toBeUndefined();
  expect(await once('thing', optionsFor(cache), () => make(cache, 'x'))).toMatchObject({ name: 'x' });
});

it('lets one process in at a time, and the next one when it is killed', async () => {
  const folder = await scratch();
  const first = spawn('flock', [join(folder, 'work'), 'sh', '-c', 'echo in; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  await new Promise(resolve => first.stdout.once('data', resolve));
  let waited = false;
  let entered = false;
  const second = lock(folder, 'work', () => {
    waited = true;
  }).then(held => {
    entered = true;
    return held;
  });
  await expect.poll(() => waited, { timeout: 60_000 }).toBe(true);
  expect(entered).toBe(false);
  if (first.pid) process.kill(-first.pid, 'SIGKILL');
  (await second).release();
  (await lock(folder, 'work', () => {})).release();
});

it('stops waiting when the user interrupts', async () => {
  const folder = await scratch();
  const held = await lock(folder, 'work', () => {});
  const stop = new AbortController();
  const waiting = lock(folder, 'work', () => {}, stop.signal);
  setTimeout(() => stop.abort(), 50);
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  held.release();
});

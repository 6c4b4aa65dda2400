import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { run } from '../../src/artifacts/command.js';
import { sourceLines } from '../../src/artifacts/debian/apt.js';
import { resolveArtifacts } from '../../src/artifacts/index.js';
import { sumIn } from '../../src/artifacts/release/sums.js';
import { lock } from '../../src/artifacts/store/lock.js';
import { rangeOf } from '../../src/artifacts/serve/range.js';
import { WorldFailed } from '../../src/model/event.js';
import { optionsFor, scratch } from './scratch.js';

it('uses the sites of Debian 12 that the machine itself uses, and no others', () => {
  const targets = [
    'http://mirror.example/debian/ bookworm main Debian',
    'http://mirror.example/debian/ bookworm contrib Debian',
    'http://mirror.example/security/ bookworm-security main Debian',
    'https://packages.example/ bookworm main Somebody',
    'http://mirror.example/debian/ trixie main Debian',
    '',
  ].join('\n');
  expect(sourceLines(targets, '/k.gpg')).toEqual([
    'deb [signed-by=/k.gpg] http://mirror.example/debian/ bookworm main',
    'deb [signed-by=/k.gpg] http://mirror.example/security/ bookworm-security main',
    'deb-src [signed-by=/k.gpg] http://mirror.example/debian/ bookworm main',
    'deb-src [signed-by=/k.gpg] http://mirror.example/security/ bookworm-security main',
  ]);
  expect(sourceLines('http://archive.example/ubuntu/ noble main Ubuntu', '')).toEqual([]);
});

it('refuses a version that Debian does not package, at once and with the next act', async () => {
  const error = await resolveArtifacts(
    { kubernetes: '1.30.2', source: 'debian', arch: 'amd64' },
    optionsFor(await scratch()),
  ).catch(caught => caught);
  expect(error).toBeInstanceOf(WorldFailed);
  expect((error as WorldFailed).failure).toMatchObject({
    class: 'refused',
    message: expect.stringContaining('1.20.2 only'),
    help: expect.stringContaining('release or mirror'),
  });
});

it('a command that fails shows its last lines and where the whole log is', async () => {
  const log = join(await scratch(), 'deep/build.log');
  const error = await run({
    argv: ['sh', '-c', 'seq 100; echo the reason >&2; exit 3'],
    log,
    says: 'build it',
    help: 'Do this.',
  }).catch(caught => caught as WorldFailed);
  expect((error as WorldFailed).failure.message).toMatch(
    /^cannot build it: sh ended with 3\n87\n[\s\S]*100\nthe reason$/,
  );
  expect((error as WorldFailed).failure.help).toBe(`Do this. The whole log: ${log}`);
  expect((await readFile(log, 'utf8')).startsWith('1\n2\n')).toBe(true);
});

it('an interrupted command takes its children with it', async () => {
  const folder = await scratch();
  const stop = new AbortController();
  const running = run({
    argv: ['sh', '-c', `sh -c 'echo $$ > ${folder}/pid; sleep 60' & wait`],
    log: join(folder, 'log'),
    says: 'x',
    help: 'y',
    signal: stop.signal,
  });
  await expect.poll(() => readFile(join(folder, 'pid'), 'utf8').catch(() => ''), { timeout: 60_000 }).toMatch(/\d/);
  stop.abort();
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
  await expect.poll(() => alive(pid), { timeout: 60_000 }).toBe(false);
});

it('what a killed kw left running keeps its lock until it ends', async () => {
  const folder = await scratch();
  const holds = join(folder, 'running');
  const script =
    `import { run } from './src/artifacts/command.ts'; void run({ argv: ['sh', '-c', 'echo started; sleep 2'], ` +
    `log: '${folder}/log', says: 'x', help: 'y', holds: '${holds}' });`;
  const killed = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: 'inherit',
  });
  await expect
    .poll(() => readFile(join(folder, 'log'), 'utf8').catch(() => ''), { timeout: 60_000 })
    .toContain('started');
  killed.kill('SIGKILL');
  const started = Date.now();
  (await lock(folder, 'running', () => {})).release();
  expect(Date.now() - started).toBeGreaterThan(800);
});

it('a program that is not installed is named', async () => {
  await expect(
    run({ argv: ['kw-no-such-program'], log: join(await scratch(), 'log'), says: 'x', help: 'y' }),
  ).rejects.toThrow('kw-no-such-program does not start');
});

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

it('reads published sums in all their shapes, and nothing else as one', () => {
  const sum = 'A'.repeat(64);
  const low = 'a'.repeat(64);
  expect(sumIn(`${sum}\n`, 'kubelet')).toBe(low);
  expect(sumIn(`${'b'.repeat(64)}  other\n${sum} *runc.amd64\n`, 'runc.amd64')).toBe(low);
  expect(sumIn(`${sum}  /build/out/cni.tgz\n`, 'cni.tgz')).toBe(low);
  expect(sumIn(`${sum}  kubelet.exe\n`, 'kubelet')).toBeUndefined();
  fc.assert(fc.property(fc.string(), text => sumIn(text, 'kubelet') === undefined || /[0-9a-f]{64}/i.test(text)));
});

it('a range is always inside the file', () => {
  fc.assert(
    fc.property(
      fc.string().map(text => `bytes=${text}`),
      fc.nat(),
      (header, size) => {
        const range = rangeOf(header, size);
        return typeof range !== 'object' || (range.start >= 0 && range.start <= range.end && range.end < size);
      },
    ),
  );
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1 }), (from, to, size) => {
      const range = rangeOf(`bytes=${from}-${to}`, size);
      if (from > to) return range === undefined;
      return from >= size
        ? range === 'unsatisfiable'
        : typeof range === 'object' && range.start === from && range.end === Math.min(to, size - 1);
    }),
  );
});

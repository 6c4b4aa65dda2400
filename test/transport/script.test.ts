import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { bounds } from '../../src/transport/bounds.js';
import { startScript } from '../../src/transport/script.js';
import type { Wire } from '../../src/transport/wire.js';
import { sh } from '../../src/shell/sh.js';

test('what comes on stderr after the exit code is not lost', async () => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const exit = Promise.resolve({ code: 3 });
  const wire = {
    lost: new Promise<undefined>(() => undefined),
    exec: async () => ({
      stdin,
      stdout,
      stderr,
      exit,
      gone: new Promise<void>(() => undefined),
      destroy: () => undefined,
    }),
  } as unknown as Wire;
  stdout.end('\nkw-go 42\n0\n');
  const script = await startScript(
    wire,
    { host: 'a', user: 'root', root: 'is root' },
    sh`id -u; echo oh >&2; exit 3`,
    () => undefined,
    bounds,
  );
  setTimeout(() => stderr.end('oh\n'), 50);
  expect(await script.done).toEqual({ code: 3, stderr: 'oh\n' });
});

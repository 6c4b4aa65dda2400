/** The proof's server and client as an image with busybox alone would run them, played by programs of this machine. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deploymentOf, fetchScript, greeting } from '../../src/engine/prove/workload.js';

let bin: string;
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'kw-prove-'));
  for (const name of ['sh', 'cat']) symlinkSync(`/bin/${name}`, join(bin, name));
  program('sleep', 'exit 0');
});
afterEach(() => rmSync(bin, { recursive: true, force: true }));

const program = (name: string, script: string): void => {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
};
const run = (script: string) =>
  new Promise<{ readonly code: number; readonly out: string }>(resolve => {
    execFile('/bin/sh', ['-c', script], { env: { PATH: bin, HOSTNAME: 'web-1' } }, (error, out) =>
      resolve({ code: error ? Number(error.code) : 0, out }),
    );
  });

test('a client without curl takes wget, and tries a few times', async () => {
  program('wget', `[ -e ${bin}/tried ] || { : >${bin}/tried; exit 1; }; echo '${greeting} web-2'`);
  expect(await run(fetchScript("http://web.it's.svc/"))).toEqual({ code: 0, out: `${greeting} web-2\n` });
});

test('a client whose server never answers says so by its exit code', async () => {
  program('wget', 'echo refused >&2; exit 1');
  expect(await run(fetchScript('http://10.0.0.1/'))).toEqual({ code: 1, out: '' });
});

test('a client with curl asks a real server', async () => {
  symlinkSync('/usr/bin/curl', join(bin, 'curl'));
  const server = createServer((_, answer) => answer.end(`${greeting} real\n`)).listen(0, '127.0.0.1');
  await new Promise(resolve => {
    server.once('listening', resolve);
  });
  const { port } = server.address() as { readonly port: number };
  try {
    expect(await run(fetchScript(`http://127.0.0.1:${port}/`))).toEqual({ code: 0, out: `${greeting} real\n` });
  } finally {
    server.close();
  }
});

test('the server needs nothing but sh, mkdir and httpd', async () => {
  const [container] = deploymentOf({ namespace: 'n', image: 'i', replicas: 1, tolerations: [] }).spec.template.spec
    .containers;
  symlinkSync('/bin/mkdir', join(bin, 'mkdir'));
  program('httpd', 'echo "httpd $*"; :');
  const { code, out } = await run((container?.command[2] ?? '').replaceAll('/tmp/www', join(bin, 'www')));
  expect({ code, out: out.split('\n').slice(0, 2) }).toEqual({
    code: 0,
    out: [`${greeting} started`, `httpd -f -p 8080 -h ${join(bin, 'www')}`],
  });
});

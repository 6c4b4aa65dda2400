/** A host that hangs in the middle of its answer is seen as far as it answered. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { heard } from '../../src/engine/gather/heard.js';
import { readChart } from '../../src/facts/chart/index.js';
import { prelude } from '../../src/facts/chart/prelude.js';
import { join as questions } from '../../src/shell/questions.js';
import { local } from '../../src/transport/local.js';
import { sh } from '../../src/shell/sh.js';

const line = local('here');
afterAll(() => line.close());
const nonce = 'abcdefgh12345678';

test('what came before it hung is kept, and the rest is missing with the reason', async () => {
  const cgroup = { id: 'cgroup', script: sh`echo cgroup2fs` };
  const { stdout, broke } = await heard(
    line,
    questions([cgroup, { id: 'units', script: sh`echo LoadState=; sleep 60` }], nonce),
    1500,
  );
  expect(broke).toBe('no end within 1.5 s');
  const seen = readChart('h', stdout, nonce, { sentAt: 0, answeredAt: 0, ...(broke !== undefined && { broke }) });
  expect(seen.cgroup).toMatchObject({ value: 'v2' });
  expect(seen.units).toMatchObject({ missing: 'the host broke off before it answered this: no end within 1.5 s' });
});

test('a host that answers nothing at all fails as it did', async () => {
  await expect(heard(line, sh`sleep 60`, 500)).rejects.toThrow('answered nothing: no end within 0.5 s');
});

test('an answer that ends is whole', async () => {
  expect(await heard(line, sh`echo all`, 5000)).toEqual({ stdout: 'all\n' });
});

test('what all collectors share ends within seconds, whatever hangs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kw-prelude-'));
  try {
    writeFileSync(join(folder, 'find'), '#!/bin/sh\necho /etc/kubernetes/first.yaml\nsleep 60\n', { mode: 0o755 });
    const began = performance.now();
    const output = execFileSync('sh', {
      input: `${prelude}printf %s "$kw_found"`,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
    });
    expect([output, performance.now() - began < 20_000]).toEqual(['/etc/kubernetes/first.yaml', true]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

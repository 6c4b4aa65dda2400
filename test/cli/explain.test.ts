import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const explained = (words: readonly string[]): string =>
  spawnSync(process.execPath, ['--import', 'tsx', resolve('src/cli/main.ts'), 'explain', ...words], {
    input: 'x509: certificate has expired or is not yet valid\n',
    encoding: 'utf8',
  }).stdout;

test('a text comes from a pipe, also where the pipe is named as other programs name it', () => {
  expect(explained([])).toMatch(/^Most probable: .*expired/);
  expect(explained(['-'])).toBe(explained([]));
});

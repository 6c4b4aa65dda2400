/** package-lock.json as `npm ci` wants it on every platform. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

interface Locked {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly resolved?: string;
}

const lock = async (): Promise<Readonly<Record<string, Locked>>> =>
  (
    JSON.parse(await readFile(join(resolve(import.meta.dirname, '../..'), 'package-lock.json'), 'utf8')) as {
      readonly packages: Record<string, Locked>;
    }
  ).packages;

// npm leaves out what the registry of whoever wrote the file does not have; then npm ci refuses it everywhere (EUSAGE).
test('names the optional packages of all platforms', async () => {
  const packages = await lock();
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      name => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
    ),
  );
  expect(Object.keys(packages).length).toBeGreaterThan(100);
  expect(missing).toEqual([]);
});

test('names no registry', async () => {
  expect(Object.values(await lock()).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
});

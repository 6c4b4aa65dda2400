import { expect, test } from 'vitest';
import { beside, fits } from '../../src/cli/commands/quickstart.js';
import type { Host } from '../../src/model/cluster.js';
import type { LabState } from '../../src/lab/index.js';

const lab = (count: number, key = 'k'): Pick<LabState, 'hosts'> => ({
  hosts: Array.from({ length: count }, (_, n) => ({
    name: `kw-${n + 1}`,
    address: `10.88.0.1${n + 1}`,
    hostKey: `${key}${n}`,
    running: true,
  })) as unknown as LabState['hosts'],
});
const file = (count: number): { readonly hosts: readonly Host[] } => ({
  hosts: lab(count).hosts.map(
    ({ name, address, hostKey }) => ({ name, address, ssh: { user: 'root', port: 22, hostKey } }) as unknown as Host,
  ),
});

test('a file fits a lab that has all its hosts, and as many as were asked for', () => {
  expect(fits(file(5), lab(5), undefined)).toBe(true);
  expect(fits(file(3), lab(5), undefined)).toBe(true);
  expect(fits(file(5), lab(3), 3)).toBe(false);
  expect(fits(file(3), lab(5), 5)).toBe(false);
  expect(fits(file(3), lab(3, 'other'), undefined)).toBe(false);
});

test('of two that work side by side, one that fails ends the other, and its reason is told', async () => {
  let ended = false;
  const longWork = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) =>
      signal.addEventListener('abort', () => {
        ended = true;
        reject(new Error('interrupted'));
      }),
    );
  await expect(beside(() => Promise.reject(new Error('no root')), longWork)).rejects.toThrow('no root');
  expect(ended).toBe(true);
  ended = false;
  await expect(beside(longWork, () => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk');
  expect(ended).toBe(true);
  await expect(
    beside(
      () => Promise.resolve('hosts'),
      () => Promise.resolve(),
    ),
  ).resolves.toBe('hosts');
});

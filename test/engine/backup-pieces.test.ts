/** What a host sends for a snapshot is bounded: it may lie about its length, or never end. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { readPieces } from '../../src/engine/backup/pieces.js';
import type { RunOnHost } from '../../src/engine/heal/backup.js';

const piece = 8 * 2 ** 20;

/** A host whose answers are these, and then the last one for ever; `asked` counts. */
const host = (...sizes: readonly number[]) => {
  const counted = { asked: 0 };
  const run: RunOnHost = async () => {
    const size = sizes[Math.min(counted.asked, sizes.length - 1)] ?? 0;
    counted.asked += 1;
    return { code: 0, stdout: randomBytes(size).toString('base64'), stderr: '' };
  };
  return { run, counted };
};

const length = async (run: RunOnHost, most: number): Promise<number> => {
  let bytes = 0;
  for await (const part of readPieces('kw-1', '/var/lib/x.db', run, most)) bytes += part.length;
  return bytes;
};

test('a file as long as it was said to be comes whole, at the edge of a piece too', async () => {
  expect(await length(host(piece, 5).run, piece + 5)).toBe(piece + 5);
  expect(await length(host(piece, 0).run, piece)).toBe(piece);
  expect(await length(host(0).run, 0)).toBe(0);
});

test('a byte more than it may have ends it', async () => {
  await expect(length(host(piece, 6).run, piece + 5)).rejects.toThrow('/var/lib/x.db is not taken: more came than');
});

test('a host that sends without end is asked no more than the length allows', async () => {
  const { run, counted } = host(piece);
  await expect(length(run, 3 * piece)).rejects.toThrow('is not taken');
  expect(counted.asked).toBe(4);
});

test('a piece larger than it was asked for is not taken', async () => {
  await expect(length(host(piece + 1).run, 9 * piece)).rejects.toThrow('is not taken');
});

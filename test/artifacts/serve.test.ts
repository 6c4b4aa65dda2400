import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { type ArtifactServer, serveArtifacts, type Transfer } from '../../src/artifacts/index.js';
import type { Artifact } from '../../src/model/artifact.js';
import { scratch } from './scratch.js';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
const sha256 = createHash('sha256').update(content).digest('hex');
let server: ArtifactServer;
let file: string;
const get = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${server.port}${path}`, init);

beforeEach(async () => {
  file = join(await scratch(), 'kubelet');
  await writeFile(file, content);
  const artifact: Artifact = { name: 'kubelet', version: '1.20.2', sha256, size: content.length, file };
  server = await serveArtifacts(new Map([[sha256, artifact]]), { bind: '127.0.0.1' });
  onTestFinished(() => server.close());
});

it('serves a file by its digest', async () => {
  const response = await get(`/${server.token}/${sha256}`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-length')).toBe(String(content.length));
  expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true);
});

it.each([
  ['bytes=100-199', 206, 100, 200],
  ['bytes=299990-', 206, 299_990, 300_000],
  ['bytes=-10', 206, 299_990, 300_000],
  ['bytes=0-9999999', 206, 0, 300_000],
  ['bytes=5-1', 200, 0, 300_000],
  ['bytes=1-2,5-6', 200, 0, 300_000],
])('answers Range %s', async (range, status, from, to) => {
  const response = await get(`/${server.token}/${sha256}`, { headers: { range } });
  expect(response.status).toBe(status);
  if (status === 206) expect(response.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/300000`);
  expect(Buffer.from(await response.arrayBuffer()).equals(content.subarray(from, to))).toBe(true);
});

it.each(['bytes=300000-', 'bytes=-0'])('refuses Range %s past the end', async range => {
  expect((await get(`/${server.token}/${sha256}`, { headers: { range } })).status).toBe(416);
});

it('serves nothing else, to nobody else', async () => {
  const { token } = server;
  expect(token.length).toBeGreaterThanOrEqual(32);
  const wrong = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
  for (const path of [
    '/',
    `/${token}`,
    `/${token}/`,
    `/${wrong}/${sha256}`,
    `/${sha256}`,
    `/${token}/${'0'.repeat(64)}`,
    `/${token}/${sha256}/x`,
    `/${token}/../../etc/passwd`,
    `/${token}/%2e%2e/passwd`,
    `/${token}/constructor`,
  ]) {
    expect([path, (await get(path)).status]).toEqual([path, 404]);
  }
  expect((await get(`/${token}/${sha256}`, { method: 'POST' })).status).toBe(404);
  expect((await get(`/${token}/${sha256}`, { method: 'HEAD' })).headers.get('content-length')).toBe('300000');
});

it('tells what it sent to whom, until nobody listens', async () => {
  const seen: Transfer[] = [];
  const stop = server.onProgress(transfer => {
    seen.push(transfer);
  });
  await (await get(`/${server.token}/${sha256}`, { headers: { range: 'bytes=1000-' } })).arrayBuffer();
  await expect
    .poll(() => seen.at(-1))
    .toEqual({ remote: '127.0.0.1', name: 'kubelet', sha256, bytes: 300_000, of: 300_000 });
  stop();
  const before = seen.length;
  await (await get(`/${server.token}/${sha256}`)).arrayBuffer();
  expect(seen).toHaveLength(before);
});

it('cuts the connection when the file has become shorter than promised', async () => {
  await writeFile(file, content.subarray(0, 1000));
  await expect(get(`/${server.token}/${sha256}`).then(response => response.arrayBuffer())).rejects.toThrow();
});

it('a second server of the same machine has another token', async () => {
  const other = await serveArtifacts(new Map(), { bind: '127.0.0.1' });
  onTestFinished(() => other.close());
  expect(other.token).not.toBe(server.token);
});

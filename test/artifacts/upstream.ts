/** A loopback server that behaves like upstream's release sites, and misbehaves on request. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { createGzip } from 'node:zlib';
import {
  kubernetesBinaries,
  kubernetesFile,
  partAt,
  type PartName,
  partsFor,
} from '../../src/artifacts/release/parts.js';
import type { RuntimeVersions } from '../../src/artifacts/options.js';
import { fileName } from '../../src/artifacts/release/download.js';

export interface Upstream {
  readonly url: string;
  readonly files: Map<string, Buffer>;
  /** By path: what to do instead of answering. Return true when it has dealt with the request. */
  readonly tricks: Map<string, (request: IncomingMessage, response: ServerResponse, body: Buffer) => boolean>;
  readonly requests: string[];
  close(): Promise<void>;
}

/** Everything that upstream publishes for one version; contents are small and tell what they are. */
export async function upstream(version: string, runtime: RuntimeVersions = {}): Promise<Upstream> {
  const files = await published(version, runtime);
  const tricks: Upstream['tricks'] = new Map();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').slice(1);
    requests.push(`${path}${request.headers.range ? ` ${request.headers.range}` : ''}`);
    const body = files.get(path);
    if (tricks.get(path)?.(request, response, body ?? Buffer.alloc(0))) return;
    if (!body) response.writeHead(404).end('<html>not found</html>');
    else answer(request, response, body);
  });
  const port = await listening(server);
  return { url: `http://127.0.0.1:${port}`, files, tricks, requests, close: () => closed(server) };
}

export function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? -1);
  if (from >= body.length) response.writeHead(416).end();
  else if (from < 0) response.writeHead(200, { 'content-length': body.length }).end(body);
  else
    response
      .writeHead(206, {
        'content-length': body.length - from,
        'content-range': `bytes ${from}-${body.length - 1}/${body.length}`,
      })
      .end(body.subarray(from));
}

export const contentOf = (name: string, version: string): Buffer => Buffer.from(`${name} ${version} `.repeat(20_000));

async function published(version: string, runtime: RuntimeVersions): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const name of kubernetesBinaries) {
    const { path, sums } = kubernetesFile(version, 'amd64', name);
    files.set(path, contentOf(name, version));
    files.set(sums, Buffer.from(sha256(contentOf(name, version))));
  }
  for (const [name, partVersion] of Object.entries(partsFor(version, runtime)) as [PartName, string][]) {
    const part = partAt(name, partVersion, 'amd64');
    const members = [...Object.entries(part.binaries), ...Object.entries(part.plugins ?? {})] as [string, string][];
    const body = part.tarball
      ? await tarball(members.map(([member, path]) => [path, contentOf(member, partVersion)]))
      : contentOf(name, partVersion);
    files.set(part.published.path, body);
    files.set(
      part.published.sums,
      Buffer.from(`${'0'.repeat(64)}  another-file\n${sha256(body)}  ${fileName(part.published.path)}\n`),
    );
  }
  return files;
}

function tarball(members: readonly (readonly [string, Buffer])[]): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: 'README.md' }, 'not wanted');
  for (const [path, content] of members) tar.entry({ name: `./${path}`, mode: 0o755 }, content);
  tar.finalize();
  return buffer(tar.pipe(createGzip()));
}

export const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

export const listening = (server: Server): Promise<number> =>
  new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));

export const closed = (server: Server): Promise<void> =>
  new Promise(resolve => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

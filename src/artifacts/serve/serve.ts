/**
 * A content-addressed HTTP server for one run: hosts fetch by digest, behind a token that nobody can guess, and nothing
 * else.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Artifact } from '../../model/artifact.js';
import { rangeOf } from './range.js';

/** One answer on its way to a host. */
export interface Transfer {
  /** Address of the host as the server sees it. */
  readonly remote: string;
  readonly name: string;
  readonly sha256: string;
  /** Bytes sent so far, counted from the start of the file, and its size. */
  readonly bytes: number;
  readonly of: number;
}

export interface ArtifactServer {
  readonly port: number;
  readonly token: string;
  /** Told at most every 200 ms per transfer, and at its end. Returns how to stop listening. */
  onProgress(listener: (transfer: Transfer) => void): () => void;
  close(): Promise<void>;
}

const progressMs = 200;

/** `GET /<token>/<sha256>`; `bind` is an address of the control machine, `0.0.0.0` for all. */
export async function serveArtifacts(
  files: ReadonlyMap<string, Artifact>,
  { bind, port = 0 }: { readonly bind: string; readonly port?: number },
): Promise<ArtifactServer> {
  const token = randomBytes(24).toString('base64url');
  const listeners = new Set<(transfer: Transfer) => void>();
  const tell = (transfer: Transfer) => {
    for (const listener of listeners) listener(transfer);
  };
  const server = createServer((request, response) => {
    const file = allowed(request, token, files);
    if (file) answer(request, response, file, tell);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, bind, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    token,
    onProgress(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function allowed(
  { method, url = '' }: IncomingMessage,
  token: string,
  files: ReadonlyMap<string, Artifact>,
): Artifact | undefined {
  const [, given = '', sha256 = '', ...rest] = url.split('/');
  const right = given.length === token.length && timingSafeEqual(Buffer.from(given), Buffer.from(token));
  return right && rest.length === 0 && (method === 'GET' || method === 'HEAD') ? files.get(sha256) : undefined;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  file: Artifact,
  tell: (transfer: Transfer) => void,
): void {
  const range = rangeOf(request.headers.range, file.size);
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${file.size}` }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: file.size - 1 };
  response.writeHead(range ? 206 : 200, {
    'content-type': 'application/octet-stream',
    'content-length': end - start + 1,
    'accept-ranges': 'bytes',
    etag: `"${file.sha256}"`,
    ...(range ? { 'content-range': `bytes ${start}-${end}/${file.size}` } : {}),
  });
  if (request.method === 'HEAD' || file.size === 0) response.end();
  else
    send(response, file, start, end, bytes =>
      tell({ remote: remoteOf(request), name: file.name, sha256: file.sha256, bytes, of: file.size }),
    );
}

function send(
  response: ServerResponse,
  file: Artifact,
  start: number,
  end: number,
  sent: (bytes: number) => void,
): void {
  const stream = createReadStream(file.file, { start, end, highWaterMark: 1 << 20 });
  let bytes = start;
  let told = 0;
  stream.on('data', chunk => {
    bytes += chunk.length;
    const now = Date.now();
    if (now - told < progressMs) return;
    told = now;
    sent(bytes);
  });
  response.once('finish', () => sent(bytes)).once('close', () => stream.destroy());
  // The length was promised: only a cut connection tells the host at once that this is not the whole file.
  const cut = () => {
    if (bytes <= end) response.destroy();
  };
  stream.once('error', cut).once('end', cut).pipe(response);
}

const remoteOf = (request: IncomingMessage): string => (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');

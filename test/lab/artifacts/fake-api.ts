/**
 * The part of a Kubernetes API that the DNS pod uses: lists and watches of services and endpoints, over TLS, with a
 * token.
 */
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAuthority, issueCertificate } from '../../../src/pki/issue.js';

export type Kind = 'services' | 'endpoints';
type Item = Readonly<Record<string, unknown>>;

export interface FakeApi {
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
  /** Paths that were asked, lists only. */
  readonly lists: string[];
  /** Replaces all objects of a kind and tells the watchers once. */
  set(kind: Kind, items: readonly Item[]): void;
  /** While true every request is answered 503, and watches are cut. */
  ill(yes: boolean): void;
  close(): Promise<void>;
}

export async function fakeApi(): Promise<FakeApi> {
  const terms = { algorithm: 'ecdsa-p256', now: new Date() } as const;
  const ca = await createAuthority({ commonName: 'test', days: 1, ...terms });
  const leaf = await issueCertificate(
    ca,
    { ca: 'ca', commonName: 'kube-apiserver', organizations: [], sans: ['127.0.0.1'], usages: ['server'], days: 1 },
    terms,
  );
  const objects: Record<Kind, readonly Item[]> = { services: [], endpoints: [] };
  const watchers: Record<Kind, Set<ServerResponse>> = { services: new Set(), endpoints: new Set() };
  const token = 'secret-token';
  const lists: string[] = [];
  let sick = false;
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'https://x');
    const kind = url.pathname.slice('/api/v1/'.length) as Kind;
    if (sick) response.writeHead(503).end();
    else if (request.headers.authorization !== `Bearer ${token}`) response.writeHead(401).end();
    else if (!(kind in objects)) response.writeHead(404).end();
    else if (url.searchParams.get('watch') === 'true') {
      response.writeHead(200);
      for (const object of objects[kind]) response.write(`${JSON.stringify({ type: 'ADDED', object })}\n`);
      response.flushHeaders();
      watchers[kind].add(response);
    } else {
      lists.push(kind);
      response.writeHead(200).end(JSON.stringify({ items: objects[kind] }));
    }
  };
  const server = createServer({ key: leaf.keyPem, cert: leaf.certPem }, answer);
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caPem: ca.certPem,
    token,
    lists,
    set(kind, items) {
      objects[kind] = items;
      for (const watcher of watchers[kind])
        watcher.write(`${JSON.stringify({ type: 'MODIFIED', object: items.at(-1) ?? {} })}\n`);
    },
    ill(yes) {
      sick = yes;
      if (yes) server.closeAllConnections();
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const service = (name: string, namespace: string, spec: Item): Item => ({ metadata: { name, namespace }, spec });
export const endpoints = (
  name: string,
  namespace: string,
  addresses: readonly Item[],
  ports: readonly Item[] = [],
): Item => ({ metadata: { name, namespace }, subsets: [{ addresses, ports }] });

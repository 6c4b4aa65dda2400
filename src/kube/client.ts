/**
 * The Kubernetes API for machine-made requests, over any socket: the API needs no open port, only a way through ssh.
 */
import type { IncomingMessage } from 'node:http';
import { Agent, request as https } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as tls, checkServerIdentity, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Answer } from './answer.js';
import { isTooDeep } from './depth.js';
import { failed, lostRequest, nonsense } from './failures.js';

export interface KubeOptions {
  /** Name or address that the server's certificate must have. */
  readonly serverName: string;
  readonly connect: () => Promise<Duplex>;
  readonly caPem: string;
  readonly credentials: { readonly certPem: string; readonly keyPem: string } | { readonly token: string };
  /** Whom the caller stands for, where it may: then the API server judges the request as that user's. */
  readonly as?: { readonly user: string; readonly groups: readonly string[] };
  /** Milliseconds for one request. Default 15,000. */
  readonly timeoutMs?: number;
  /** Bytes of one answer; more fails the request. Default 64 MiB. */
  readonly maxBytes?: number;
  /** What answers are asked for; default application/json. */
  readonly accept?: string;
  /**
   * The server's certificate is not verified: only over an ssh channel to a host whose key was, by a doctor who must
   * see an ill server.
   */
  readonly unverified?: true;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What PATCH and POST may carry; `apply` is server-side apply (JSON is YAML). */
export const contentTypes = {
  json: 'application/json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  jsonPatch: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export interface KubeClient {
  /**
   * Any HTTP status is an answer; rejects with WorldFailed when there is none. `body` is sent as JSON unless it is a
   * string.
   */
  request(method: Method, path: string, body?: unknown, contentType?: string): Promise<Answer>;
  close(): void;
}

const defaultTimeoutMs = 15_000;
const mostBytes = 64 * 1024 * 1024;

export const kubeClient = (options: KubeOptions): KubeClient => {
  let closed = false;
  const agent = agentOver({
    ...options,
    async connect() {
      const socket = await options.connect();
      if (!closed) return socket;
      socket.destroy();
      throw new Error('the client was closed before it was connected');
    },
  });
  const once = (method: Method, path: string, text: string | undefined, contentType: string) =>
    send(options, agent, method, path, text, contentType);
  return {
    async request(method, path, body, contentType = contentTypes.json) {
      const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
      try {
        return await once(method, path, text, contentType).catch(error => {
          // A kept connection may end just when it is used again; what changes nothing may be asked twice.
          if (method === 'GET' && error instanceof StaleConnection) return once(method, path, text, contentType);
          throw error;
        });
      } catch (error) {
        throw lostRequest(
          `${method} ${path}`,
          options.serverName,
          error instanceof StaleConnection ? error.cause : error,
        );
      }
    },
    close() {
      closed = true;
      agent.destroy();
    },
  };
};

class StaleConnection extends Error {}

const agentOver = ({ connect, serverName, caPem, credentials, unverified }: KubeOptions): Agent => {
  const secure: ConnectionOptions = {
    // An owner's intermediate CA is trusted as it is, without its root, as Go does.
    ca: caPem,
    allowPartialTrustChain: true,
    ...(unverified ? { rejectUnauthorized: false } : {}),
    ...('token' in credentials ? {} : { cert: credentials.certPem, key: credentials.keyPem }),
    // SNI carries no addresses (RFC 6066, section 3), so the name is checked here.
    ...(isIP(serverName) ? {} : { servername: serverName }),
    checkServerIdentity: (_, certificate) => checkServerIdentity(serverName, certificate),
    ALPNProtocols: ['http/1.1'],
  };
  const createConnection = (_: unknown, done: (error: Error | null, socket?: TLSSocket) => void): undefined => {
    connect().then(
      socket => {
        const secured = begun({ ...secure, socket });
        if (secured instanceof Error) {
          socket.destroy();
          done(secured);
          return;
        }
        secured.once('close', () => socket.destroy());
        // Over a socket that is no socket of the system an end alone does not take it from the agent: the next request
        // would be written to a server that has ended, and wait for its time to be over.
        secured.once('end', () => secured.destroy());
        socket.once('error', error => secured.destroy(error));
        done(null, secured);
      },
      error => done(error),
    );
  };
  return Object.assign(new Agent({ keepAlive: true, maxSockets: 16 }), { createConnection });
};

/** A key of another pair, or no PEM, throws before the first byte: the credential's fault, and no bug of ours. */
const begun = (options: ConnectionOptions): TLSSocket | Error => {
  try {
    return tls(options);
  } catch (error) {
    return failed(
      'auth',
      `the client certificate and its key are of no use: ${(error as Error).message}`,
      'examine the kubeconfig: kw doctor',
    );
  }
};

const send = (
  options: KubeOptions,
  agent: Agent,
  method: Method,
  path: string,
  text: string | undefined,
  contentType: string,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { serverName, timeoutMs = defaultTimeoutMs, maxBytes = mostBytes } = options;
    const timer = setTimeout(() => {
      const late = failed('timeout', `${method} ${path}: no answer from ${serverName} within ${timeoutMs / 1000} s`);
      // A request that has no connection yet hears of its end only once it gets one.
      reject(late);
      request.destroy(late);
    }, timeoutMs);
    const request = https({
      agent,
      method,
      path,
      host: serverName,
      headers: headersOf(options, text, contentType),
    });
    const give = (error: Error & { code?: string }) => {
      clearTimeout(timer);
      reject(
        request.reusedSocket && error.code === 'ECONNRESET'
          ? new StaleConnection(error.message, { cause: error })
          : error,
      );
    };
    request.once('error', give);
    request.once('response', response => {
      read(response, maxBytes).then(answer => {
        clearTimeout(timer);
        resolve(answer);
      }, give);
    });
    request.end(text);
  });

const headersOf = (
  { serverName, credentials, as, accept = 'application/json' }: KubeOptions,
  text: string | undefined,
  contentType: string,
) => ({
  host: serverName.includes(':') ? `[${serverName}]` : serverName,
  accept,
  'user-agent': 'kubewizard',
  ...('token' in credentials ? { authorization: `Bearer ${credentials.token}` } : {}),
  ...(as ? { 'impersonate-user': as.user, 'impersonate-group': [...as.groups] } : {}),
  ...(text === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
});

const read = async (response: IncomingMessage, maxBytes: number): Promise<Answer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    if (size > maxBytes) throw nonsense(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  if (isTooDeep(text)) throw nonsense('the answer is nested deeper than any object of the API');
  return {
    status: response.statusCode ?? 0,
    body: /json/.test(response.headers['content-type'] ?? '') ? JSON.parse(text) : text,
  };
};

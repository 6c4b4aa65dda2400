/**
 * A client of the API that does over HTTP/2 what Go's does, and with it every one of Kubernetes: a server that ends
 * says so, and what it has not taken up is asked again elsewhere. HTTP/1.1 cannot tell the two apart.
 */
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { parse } from 'yaml';
import type { Stage } from '../scenario.js';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Asking {
  /** Default 30 000. */
  readonly timeoutMs?: number;
  /** In place of the certificate. */
  readonly token?: string;
}

/** A client of the API as the administrator's kubeconfig has it. */
export interface Client {
  readonly server: string;
  /** Rejects with `Unanswered` after its time, or with the error of the connection. */
  ask(method: string, path: string, body?: unknown, how?: Asking): Promise<Answer>;
}

/** Nobody said no: the time was over. */
export class Unanswered extends Error {}

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [
    { readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } },
  ];
}

export const client = async (t: Stage): Promise<Client> => {
  const {
    clusters: [{ cluster }],
    users: [{ user }],
  } = parse((await t.ok(['kubeconfig'])).stdout) as Kubeconfig;
  const decoded = (data: string): string => Buffer.from(data, 'base64').toString();
  const ca = decoded(cluster['certificate-authority-data']);
  const pair = { cert: decoded(user['client-certificate-data']), key: decoded(user['client-key-data']) };
  const [known, stranger] = [sessions(cluster.server, { ca, ...pair }), sessions(cluster.server, { ca })];
  return {
    server: cluster.server,
    ask: (method, path, body, { timeoutMs = 30_000, token } = {}) =>
      asked(token === undefined ? known : stranger, timeoutMs, {
        headers: {
          ':method': method,
          ':path': path,
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        text: body === undefined ? undefined : JSON.stringify(body),
      }),
  };
};

interface Sessions {
  /** One that is not about to end. */
  get(): ClientHttp2Session;
  drop(session: ClientHttp2Session): void;
}

const sessions = (server: string, trust: { readonly ca: string; cert?: string; key?: string }): Sessions => {
  let current: ClientHttp2Session | undefined;
  const forget = (session: ClientHttp2Session): void => {
    if (current === session) current = undefined;
  };
  return {
    get() {
      if (current && !current.closed && !current.destroyed) return current;
      const session = connect(server, trust);
      // Each request hears it too, and says so.
      session.on('error', () => forget(session)).on('goaway', () => forget(session));
      // A scenario that is over does not wait for it.
      session.unref();
      current = session;
      return session;
    },
    drop(session) {
      forget(session);
      session.destroy();
    },
  };
};

interface Request {
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | undefined;
}

const asked = async (to: Sessions, timeoutMs: number, request: Request): Promise<Answer> => {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const session = to.get();
    try {
      return await once(session, Math.max(1, end - Date.now()), request);
    } catch (error) {
      const { untaken, served } = error as { readonly untaken?: boolean; readonly served?: boolean };
      if (error instanceof Unanswered) to.drop(session);
      const again = untaken || (served && request.headers[':method'] === 'GET');
      if (!again || Date.now() >= end) throw error;
    }
  }
};

/** An error says whether the server has surely not taken the request up, and whether it had answered others before. */
const once = (session: ClientHttp2Session, timeoutMs: number, { headers, text }: Request): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const served = !session.connecting;
    let stream: ReturnType<ClientHttp2Session['request']>;
    try {
      stream = session.request(headers);
    } catch (error) {
      reject(Object.assign(error as Error, { untaken: true }));
      return;
    }
    const timer = setTimeout(() => {
      reject(new Unanswered(`no answer within ${timeoutMs} ms`));
      stream.close(constants.NGHTTP2_CANCEL);
    }, timeoutMs);
    let status = 0;
    let output = '';
    stream
      .setEncoding('utf8')
      .on('response', answer => {
        status = Number(answer[':status']);
      })
      .on('data', (piece: string) => {
        output += piece;
      })
      .on('error', error => {
        clearTimeout(timer);
        reject(Object.assign(error, { served, untaken: stream.rstCode === constants.NGHTTP2_REFUSED_STREAM }));
      })
      .on('close', () => {
        clearTimeout(timer);
        if (status === 0 || stream.rstCode !== constants.NGHTTP2_NO_ERROR)
          reject(Object.assign(new Error('closed without an answer'), { served }));
        else resolve({ status, body: parsed(output) });
      });
    stream.end(text);
  });

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/**
 * Looks at a port through the connection to its host: the certificates it serves, and what it answers without
 * credentials.
 */
import type { Duplex } from 'node:stream';
import { isIP } from 'node:net';
import { connect as tls, type DetailedPeerCertificate } from 'node:tls';
import { parseCertificate, type Certificate } from '../../pki/certificate.js';
import type { Connection } from '../../transport/connection.js';
import { messageOf } from './why.js';

export interface Target {
  readonly address: string;
  readonly port: number;
  readonly tls: boolean;
  /** GET paths; [] only looks at the certificates. */
  readonly paths: readonly string[];
  /** Its silence makes a cluster ill: who is only busy is asked once more, for twice as long. */
  readonly asksTwice?: true;
}

export interface Probed {
  readonly chain: readonly Certificate[];
  readonly problem?: string;
  /** By path: `200 ok`. */
  readonly answers: Readonly<Record<string, string>>;
}

const timeoutMs = 3000;
const mostBytes = 512 * 1024;

/** Never rejects: a port that does not answer is an answer. */
export const probe = async (connection: Pick<Connection, 'forward'>, target: Target): Promise<Probed> => {
  const [first, ...rest] = target.paths;
  const quick = await once(connection, target, first, timeoutMs);
  const head =
    target.asksTwice && quick.problem === 'timeout' ? await once(connection, target, first, 2 * timeoutMs) : quick;
  const answers: Record<string, string> =
    first === undefined ? {} : { [first]: head.answer ?? head.problem ?? 'no answer' };
  if (head.problem === undefined)
    for (const path of rest) {
      const next = await once(connection, target, path, timeoutMs);
      answers[path] = next.answer ?? next.problem ?? 'no answer';
    }
  return { chain: head.chain, answers, ...(head.problem !== undefined && { problem: head.problem }) };
};

interface Once {
  readonly chain: readonly Certificate[];
  readonly answer?: string;
  readonly problem?: string;
}

const once = async (
  connection: Pick<Connection, 'forward'>,
  target: Target,
  path: string | undefined,
  milliseconds: number,
): Promise<Once> => {
  let socket: Duplex | undefined;
  const late = new Promise<Once>(resolve => {
    setTimeout(() => resolve({ chain: [], problem: 'timeout' }), milliseconds).unref();
  });
  const asked = (async (): Promise<Once> => {
    try {
      socket = await connection.forward(target.address, target.port);
    } catch (error) {
      return { chain: [], problem: worded(messageOf(error)) };
    }
    return talk(socket, target, path);
  })();
  const seen = await Promise.race([asked, late]);
  void asked.then(
    () => socket?.destroy(),
    () => socket?.destroy(),
  );
  socket?.destroy();
  return seen;
};

/** `refused`, `timeout`, `no-route`, or what was said. */
export const worded = (output: string): string =>
  /refused/i.test(output)
    ? 'refused'
    : /timed? ?out/i.test(output)
      ? 'timeout'
      : /no route|unreachable/i.test(output) && !/host key/i.test(output)
        ? 'no-route'
        : output.slice(0, 200);

const talk = (socket: Duplex, target: Target, path: string | undefined): Promise<Once> =>
  new Promise(resolve => {
    let chain: readonly Certificate[] = [];
    const fail = (error: Error & { code?: string }): void => resolve({ chain, problem: tlsProblem(error) });
    const ask = (over: Duplex): void => {
      if (path === undefined) {
        resolve({ chain });
        return;
      }
      const chunks: Buffer[] = [];
      let size = 0;
      const done = (): void => resolve({ chain, ...answerOf(Buffer.concat(chunks).toString()) });
      over.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= mostBytes) chunks.push(chunk);
        else done();
      });
      over.on('end', done).on('close', done);
      over.write(`GET ${path} HTTP/1.0\r\nHost: ${target.address}\r\nUser-Agent: kubewizard\r\nAccept: */*\r\n\r\n`);
    };
    socket.on('error', fail);
    if (!target.tls) return ask(socket);
    // Nothing is verified here: the case does that, with the CA of each client.
    // A name is said to the server, as kubectl does: it may have a certificate for each.
    const secured = tls({
      socket,
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      ...(isIP(target.address) === 0 && { servername: target.address }),
    });
    secured.on('error', fail);
    secured.once('close', () => resolve({ chain, problem: 'the connection ended in the handshake' }));
    secured.once('secureConnect', () => {
      chain = chainOf(secured.getPeerCertificate(true));
      ask(secured);
    });
  });

const answerOf = (text: string): Pick<Once, 'answer' | 'problem'> => {
  const [, status, body] = /^HTTP\/1\.\d (\d{3})[^\r\n]*\r?\n[\s\S]*?\r?\n\r?\n([\s\S]*)$/.exec(text) ?? [];
  return status === undefined
    ? { problem: text === '' ? 'no answer' : 'no HTTP' }
    : { answer: `${status} ${body ?? ''}`.trim() };
};

const tlsProblem = (error: Error & { code?: string }): string => {
  const alert =
    /ALERT_([A-Z_]+)/
      .exec(error.code ?? '')?.[1]
      ?.toLowerCase()
      .replaceAll('_', ' ') ?? /alert ([a-z ]+)/.exec(error.message)?.[1];
  const number = /alert number (\d+)/i.exec(error.message)?.[1];
  if (alert) return `alert ${number ? `${number} ` : ''}${alert}`;
  return /wrong version number|packet length too long|http request/i.test(error.message)
    ? 'no TLS'
    : worded(error.message);
};

const chainOf = (leaf: DetailedPeerCertificate): readonly Certificate[] => {
  const chain: Certificate[] = [];
  for (
    let at: DetailedPeerCertificate | undefined = leaf;
    at?.raw && chain.length < 8;
    at = at.issuerCertificate === at ? undefined : at.issuerCertificate
  ) {
    try {
      chain.push(parseCertificate(at.raw));
    } catch {
      break;
    }
  }
  return chain;
};

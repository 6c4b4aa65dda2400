/** One request over TLS through a host's connection: what a port shows, and whether it lets a client in. */
import { connect as tls } from 'node:tls';
import type { Connection } from '../../transport/connection.js';
import { pemOf } from '../../pki/certificate.js';

export interface TlsQuestion {
  readonly address: string;
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly client: { readonly certPem: string; readonly keyPem: string };
}

/** `status`: of the answer; absent: the server ended the handshake, or the connection before it answered. */
export interface TlsAnswer {
  /** PEM of the leaf that the server shows. */
  readonly shows?: string;
  readonly status?: number;
}

const answerMs = 10_000;
const statusLine = /^HTTP\/1\.\d (\d{3}) /;

/** The server is not verified: what it shows is judged by who asks. Rejects where the port cannot be reached. */
export const askTls = async (connection: Connection, question: TlsQuestion): Promise<TlsAnswer> => {
  const { address, port, path, headers = {}, client } = question;
  const way = await connection.forward(address, port);
  const socket = tls({ socket: way, rejectUnauthorized: false, cert: client.certPem, key: client.keyPem });
  const timer = setTimeout(() => socket.destroy(new Error('no answer')), answerMs);
  let shows: string | undefined;
  let text = '';
  // In TLS 1.3 a client is refused after its handshake: only an answer says that it was let in.
  socket.once('secureConnect', () => {
    shows = pemOf(socket.getPeerCertificate().raw);
    const lines = Object.entries({ host: address, connection: 'close', ...headers });
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  });
  // Its first line is all that is wanted: a channel of ssh may stay open long after the server has closed its end.
  socket.on('data', (data: Buffer) => {
    text += data.toString('latin1');
    if (statusLine.test(text) || text.length > 1024) socket.destroy();
  });
  socket.once('end', () => socket.destroy());
  socket.on('error', () => {
    /* refused: the end says so */
  });
  way.once('error', () => socket.destroy());
  // Not once() of node:events, which takes an error for its own failure.
  await new Promise<void>(resolve => {
    socket.once('close', () => resolve());
  });
  clearTimeout(timer);
  way.destroy();
  const [, status] = statusLine.exec(text) ?? [];
  return { ...(shows !== undefined && { shows }), ...(status !== undefined && { status: Number(status) }) };
};

/** The failures of the API, worded once. */
import { type FailureClass, WorldFailed } from '../model/event.js';
import { escapeForTerminal } from '../shell/terminal.js';
import type { Answer } from './answer.js';

export const failed = (kind: FailureClass, message: string, help?: string): WorldFailed =>
  new WorldFailed({
    class: kind,
    host: 'cluster',
    message: escapeForTerminal(message).slice(0, 4096),
    ...(help === undefined ? {} : { help }),
  });

/** An answer that no API server gives. */
export const nonsense = (message: string): WorldFailed =>
  failed('exit', message, 'something else than an API server may listen there: look at the host, kw doctor');

/** No answer at all. What is not an error of the network is thrown as it is: it is ours. */
export const lostRequest = (what: string, server: string, error: unknown): unknown => {
  if (error instanceof WorldFailed || !(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (/CERT|SELF_SIGNED|ISSUER|SIGNATURE|ALTNAME/.test(code))
    return failed(
      'refused',
      `${what}: the certificate of the API server does not verify for ${server}: ${error.message}`,
      'examine it: kw doctor',
    );
  if (/ALERT|SSL/.test(code))
    return failed(
      'auth',
      `${what}: the API server refused the TLS connection: ${error.message}`,
      'the client certificate may be of another CA, or expired: kw doctor',
    );
  if (/^HPE_/.test(code)) return nonsense(`${what}: the answer is not HTTP: ${error.message}`);
  if (/^E[A-Z]+$/.test(code))
    return failed(
      'unreachable',
      `${what}: the connection to the API server broke: ${error.message}`,
      'is kube-apiserver running? kw status',
    );
  if (error instanceof SyntaxError) return nonsense(`${what}: the answer is not JSON: ${error.message}`);
  return error;
};

/** The API answered, and said no. */
export class ApiRefused extends WorldFailed {
  readonly status: number;
  /** Whom it does not let do that, where it says so. */
  readonly forbiddenTo: string | undefined;
  constructor(kind: FailureClass, what: string, { status, body }: Answer) {
    const says = statusMessage(body);
    super(failed(kind, `${what}: ${status} ${says}`).failure);
    this.status = status;
    this.forbiddenTo = status === 403 ? /\bUser "([^"]{1,256})" cannot\b/.exec(says)?.[1] : undefined;
  }
}

/** The body of an answer with a status below 300; else ApiRefused with the API's own words. */
export const accepted = (what: string, answer: Answer): unknown => {
  const { status, body } = answer;
  if (status >= 200 && status < 300) return body;
  const kind: FailureClass = status === 401 ? 'auth' : status === 403 ? 'refused' : status === 504 ? 'timeout' : 'exit';
  throw new ApiRefused(kind, what, answer);
};

/** `message` of a metav1.Status, or the text. */
const statusMessage = (body: unknown): string => {
  if (typeof body === 'string') return body.trim();
  const message = (body as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : JSON.stringify(body);
};

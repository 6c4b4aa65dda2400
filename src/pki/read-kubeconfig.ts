/** Reads a kubeconfig, with everything that is wrong named by line. Keys stay where they are. */
import { isMap, isSeq } from 'yaml';
import type { Diagnostic } from '../model/diagnostic.js';
import { openDocument, type Path, type Reading } from './document.js';
import type { Kept, Kubeconfig } from './kubeconfig.js';
import { readCertificates } from './read.js';
import { readOwn } from './read-own-kubeconfig.js';

export interface KubeconfigRead {
  /** Absent where the text is not a kubeconfig, or its current context leads nowhere. */
  readonly value?: Kubeconfig;
  /** Codes: not-yaml, not-a-kubeconfig, no-current-context, unknown-context, unknown-cluster, unknown-user, bad-server,
   * no-credential (warning), broken-base64 and those of `readCertificates`. */
  readonly problems: readonly Diagnostic[];
}

/** Never throws, never returns a key or a token; `file` names the text in problems. */
export const readKubeconfig = (text: string, file = 'kubeconfig'): KubeconfigRead => {
  const own = readOwn(text);
  if (own) return { value: own, problems: [] };
  const problems: Diagnostic[] = [];
  const reading = openDocument(text, file, problems);
  if (!reading) return { problems };
  const { doc, say } = reading;
  if (!isMap(doc.contents) || (reading.text(['kind']) ?? 'Config') !== 'Config' || !doc.has('clusters')) {
    say('not-a-kubeconfig', [], 'this is not a kubeconfig: it has no clusters, or is of another kind');
    return { problems };
  }
  const value = follow(reading);
  return { ...(value && { value }), problems };
};

/** The private key of the current context's user, for whoever asks for it by name. */
export const keyOfKubeconfig = (text: string): string | undefined => {
  const reading = openDocument(text, 'kubeconfig', []);
  const user = reading && follow({ ...reading, say: () => undefined })?.user;
  const index = reading && user !== undefined ? namesIn(reading, 'users').indexOf(user) : -1;
  const data = index >= 0 ? reading?.text(['users', index, 'user', 'client-key-data']) : undefined;
  return data === undefined ? undefined : Buffer.from(data, 'base64').toString();
};

const namesIn = ({ doc, text }: Reading, list: string): readonly string[] => {
  const items = doc.get(list);
  return isSeq(items) ? items.items.map((_, index) => text([list, index, 'name']) ?? '') : [];
};

const follow = (reading: Reading): Kubeconfig | undefined => {
  const [clusters, contexts, users] = ['clusters', 'contexts', 'users'].map(list => namesIn(reading, list)) as [
    string[],
    string[],
    string[],
  ];
  const context = reading.text(['current-context']);
  if (context === undefined)
    return void reading.say(
      'no-current-context',
      ['current-context'],
      'it names no current-context, so clients fall back to localhost:8080',
    );
  const index = contexts.indexOf(context);
  if (index < 0)
    return void reading.say(
      'unknown-context',
      ['current-context'],
      `its current-context ${context} is not among its contexts (${contexts.join(', ') || 'none'})`,
    );
  const cluster = pick(reading, index, 'cluster', clusters);
  const user = pick(reading, index, 'user', users);
  if (cluster < 0 || user < 0) return undefined;
  return {
    context,
    cluster: clusters[cluster] ?? '',
    user: users[user] ?? '',
    clusters,
    contexts,
    users,
    ...serverSide(reading, ['clusters', cluster, 'cluster']),
    ...clientSide(reading, ['users', user, 'user']),
  };
};

const pick = ({ text, say }: Reading, context: number, what: 'cluster' | 'user', names: readonly string[]): number => {
  const path = ['contexts', context, 'context', what];
  const name = text(path) ?? '';
  const index = names.indexOf(name);
  if (index < 0)
    say(
      `unknown-${what}`,
      path,
      `its context names the ${what} ${JSON.stringify(name)}, which is not among its ${what}s ` +
        `(${names.join(', ') || 'none'})`,
    );
  return index;
};

const serverSide = (reading: Reading, at: Path): Pick<Kubeconfig, 'server' | 'insecure' | 'caPem' | 'caPath'> => {
  const server = reading.text([...at, 'server']) ?? '';
  if (!/^https?:\/\/[^\s/]+/.test(server))
    reading.say(
      'bad-server',
      [...at, 'server'],
      server ? `its server ${JSON.stringify(server)} is not a URL` : 'it names no server',
    );
  const caPem = certificates(reading, [...at, 'certificate-authority-data']);
  const caPath = reading.text([...at, 'certificate-authority']);
  return {
    server,
    insecure: reading.text([...at, 'insecure-skip-tls-verify']) === 'true',
    ...(caPem !== undefined && { caPem }),
    ...(caPath !== undefined && { caPath }),
  };
};

const clientSide = (
  reading: Reading,
  at: Path,
): Pick<Kubeconfig, 'certPem' | 'certPath' | 'key' | 'token' | 'exec'> => {
  const certPem = certificates(reading, [...at, 'client-certificate-data']);
  const certPath = reading.text([...at, 'client-certificate']);
  const exec = reading.text([...at, 'exec', 'command']);
  const key = kept(reading, [...at, 'client-key-data'], [...at, 'client-key']);
  const token = kept(reading, [...at, 'token'], [...at, 'tokenFile']);
  const other = exec ?? reading.text([...at, 'username']) ?? reading.text([...at, 'auth-provider', 'name']);
  if (key.in === 'nowhere' && token.in === 'nowhere' && other === undefined)
    reading.say(
      'no-credential',
      at,
      'its user has neither key nor token: the API server will see system:anonymous',
      'warning',
    );
  return {
    ...(certPem !== undefined && { certPem }),
    ...(certPath !== undefined && { certPath }),
    ...(exec !== undefined && { exec }),
    key,
    token,
  };
};

const kept = ({ text }: Reading, inline: Path, file: Path): Kept => {
  const [path, value] = [text(file), text(inline)];
  const id = /^([a-z0-9]{6})\.\w+$/.exec(value ?? '')?.[1];
  // client-go: data wins over a file.
  return value !== undefined
    ? { in: 'text', ...(id !== undefined && { bootstrap: id }) }
    : path !== undefined
      ? { in: 'file', path }
      : { in: 'nowhere' };
};

const certificates = ({ text, say }: Reading, path: Path): string | undefined => {
  const data = text(path)?.replace(/\s/g, '');
  if (data === undefined) return undefined;
  const field = String(path.at(-1));
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(data) || data.length % 4 !== 0)
    return void say('broken-base64', path, `${field} is broken base64`);
  const pem = Buffer.from(data, 'base64').toString();
  const read = readCertificates(pem, field);
  for (const one of read.problems)
    say(one.code, path, `${field}, line ${one.at?.line ?? 1} of the PEM in it: ${one.says}`, one.severity);
  return certificatesIn(read);
};

/** Never more than certificates: what stands beside them may be a key. */
const certificatesIn = (read: ReturnType<typeof readCertificates>): string | undefined =>
  read.certificates.length > 0 ? read.certificates.map(one => one.pem).join('') : undefined;

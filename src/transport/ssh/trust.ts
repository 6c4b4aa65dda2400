/**
 * Host keys are verified, always: pinned in the cluster file, else known from known_hosts files, else asked for, else
 * refused.
 */
import { appendFile, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Target } from './route.js';
import type { WorldFailed } from '../../model/event.js';
import { quote } from '../../shell/sh.js';
import type { ConnectOptions } from '../connection.js';
import { dialled } from './dial.js';
import { failed } from '../failures.js';
import { algorithmsOf, fingerprint, type HostKey, parseHostKey, same } from './host-key.js';
import { type KnownKey, keysFor, serverName } from './known-hosts.js';
import { makeHome } from '../home-folder.js';
import { notBelieved } from '../own-place.js';
import { UnknownHostKey } from '../needs-answer.js';

export interface Trust {
  /** Key algorithms to negotiate first, so that the server shows a key that is known. */
  readonly algorithms: readonly string[];
  readonly pinned: HostKey | undefined;
  /** Undefined: the key is the server's. */
  verify(key: HostKey): Promise<WorldFailed | undefined>;
}

/** Reads what is known of the host. Rejects with WorldFailed when the pinned key makes no sense. */
export const trust = async (host: Target, { knownHosts, trustNew }: ConnectOptions): Promise<Trust> => {
  const name = knownHosts.alias ?? serverName(dialled(host), host.ssh.port);
  const pinned = pin(host);
  const known = pinned ? [] : (await Promise.all(knownHosts.files.map(file => readKnown(name, file)))).flat();
  const good = known.filter(key => !key.revoked);
  const types = pinned ? [pinned.type] : good.map(key => key.type);
  return {
    pinned,
    algorithms: [...new Set(types.flatMap(algorithmsOf))],
    async verify(key) {
      if (pinned) return same(pinned, key) ? undefined : otherThanPinned(host, pinned, key);
      const revoked = known.find(each => each.revoked && same(each, key));
      if (revoked)
        return failed(
          host.name,
          'refused',
          `its host key ${described(key)} was revoked in ${revoked.file}:${revoked.line}`,
          'find out who revoked it and why before connecting',
        );
      if (good.some(each => same(each, key))) return undefined;
      const [first] = good.filter(each => each.type === key.type).concat(good);
      if (first) return changed(host, name, first, key);
      if (!trustNew || !(await trustNew(host, fingerprint(key)))) {
        const { failure } = unknown(host, name, key, knownHosts.remember ?? knownHosts.files[0]);
        return new UnknownHostKey(failure, { host, name, type: key.type, fingerprint: fingerprint(key) });
      }
      if (knownHosts.remember) await remember(knownHosts.remember, `${name} ${key.type} ${key.base64}\n`);
      return undefined;
    },
  };
};

const pin = (host: Target): HostKey | undefined => {
  if (host.ssh.hostKey === undefined) return undefined;
  const key = parseHostKey(host.ssh.hostKey);
  if (!key)
    throw failed(
      host.name,
      'refused',
      `the pinned host key is not a public key: ${host.ssh.hostKey.slice(0, 80)}`,
      'write ssh.hostKey as the host has it in /etc/ssh/ssh_host_ed25519_key.pub: ssh-ed25519 AAAA…',
    );
  return key;
};

const readKnown = async (name: string, file: string): Promise<readonly KnownKey[]> => {
  const why = await notBelieved(file);
  if (why !== undefined)
    throw failed(name, 'refused', `${file} is not believed: ${why}`, 'what others may write proves no host key');
  try {
    return keysFor(name, await readFile(file, 'utf8'), file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw failed(
      name,
      'refused',
      `cannot read ${file}: ${(error as Error).message}`,
      'make it readable; without it no host key can be verified',
    );
  }
};

const remember = async (file: string, line: string): Promise<void> => {
  await makeHome(dirname(file));
  await appendFile(file, line, { mode: 0o600 });
};

const described = (key: HostKey): string => `${key.type} ${fingerprint(key)}`;

const unknown = (host: Target, name: string, key: HostKey, file: string | undefined): WorldFailed =>
  failed(
    host.name,
    'refused',
    `nobody knows the host key of ${name}: ${described(key)}`,
    [
      'compare it on the host: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub; if it is the same, either',
      `  put into the cluster file, at the host: ssh: { hostKey: "${key.type} ${key.base64}" }`,
      ...(file ? [`  or run: echo ${quote(`${name} ${key.type} ${key.base64}`)} >> ${quote(file)}`] : []),
    ].join('\n'),
  );

const changed = (host: Target, name: string, known: KnownKey, key: HostKey): WorldFailed =>
  failed(
    host.name,
    'refused',
    `the host key of ${name} has changed: it shows ${described(key)}, but ${known.file}:${known.line} has ` +
      `${described(known)}`,
    [
      'either the host was made anew, or somebody sits between; ask whoever runs the host. If it was made anew:',
      `  ssh-keygen -R ${quote(name)} -f ${quote(known.file)}`,
    ].join('\n'),
  );

const otherThanPinned = (host: Target, pinned: HostKey, key: HostKey): WorldFailed =>
  failed(
    host.name,
    'refused',
    `it shows the host key ${described(key)}, but the cluster file pins ${described(pinned)}`,
    'either the host was made anew, or somebody sits between; if it was made anew, write its new key into ssh.hostKey',
  );

/** OpenSSH's known_hosts format (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): what it says of one server. */
import { createHmac } from 'node:crypto';
import { type HostKey, parseHostKey } from './host-key.js';

export interface KnownKey extends HostKey {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly revoked: boolean;
}

/** How known_hosts names a server: `host`, or `[host]:port` when the port is not 22. */
export const serverName = (address: string, port: number): string => (port === 22 ? address : `[${address}]:${port}`);

/**
 * Keys that a file's text has for `name`. Lines that make no sense are skipped, as ssh does; certificate authorities
 * too.
 */
export const keysFor = (name: string, text: string, file: string): readonly KnownKey[] =>
  text.split('\n').flatMap((content, index) => {
    const words = content.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [patterns, ...rest] = words;
    if (!patterns || patterns.startsWith('#') || marker === '@cert-authority' || !matches(patterns, name)) return [];
    const key = parseHostKey(rest.join(' '));
    return key ? [{ ...key, file, line: index + 1, revoked: marker === '@revoked' }] : [];
  });

/** Whether a certificate authority is trusted to vouch for `name`: only the system's ssh can check what it signs. */
export const hasAuthority = (name: string, text: string): boolean =>
  text.split('\n').some(content => {
    const [marker, patterns = ''] = content.trim().split(/\s+/);
    return marker === '@cert-authority' && matches(patterns, name);
  });

const matches = (patterns: string, name: string): boolean => {
  if (patterns.startsWith('|1|')) return hashed(patterns, name);
  const all = patterns.split(',');
  return (
    !all.some(each => each.startsWith('!') && glob(each.slice(1), name)) &&
    all.some(each => !each.startsWith('!') && glob(each, name))
  );
};

const hashed = (pattern: string, name: string): boolean => {
  const [, , salt = '', hash] = pattern.split('|');
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name.toLowerCase()).digest('base64') === hash;
};

const glob = (pattern: string, name: string): boolean => {
  const source = pattern
    .toLowerCase()
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name.toLowerCase());
};

/** A server's public key, as known_hosts, ssh-keygen and people write it. */
import { createHash } from 'node:crypto';

export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa` … */
  readonly type: string;
  /** The key in SSH's wire format, base64. */
  readonly base64: string;
}

/** Reads the wire format of RFC 4253, section 6.6: it begins with the type's name. */
export const hostKey = (blob: Buffer): HostKey => {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  return { type: blob.subarray(4, 4 + length).toString('latin1'), base64: blob.toString('base64') };
};

/** `ssh-ed25519 AAAA… comment`; undefined when it is no such line, or the name is not that of the key. */
export const parseHostKey = (line: string): HostKey | undefined => {
  const [type, base64] = line.trim().split(/\s+/);
  if (!type || !base64 || !/^[A-Za-z0-9+/]+=*$/.test(base64)) return undefined;
  const key = hostKey(Buffer.from(base64, 'base64'));
  return key.type === type ? key : undefined;
};

/** As `ssh-keygen -l` prints it: `SHA256:…`. */
export const fingerprint = (key: HostKey): string =>
  `SHA256:${createHash('sha256').update(Buffer.from(key.base64, 'base64')).digest('base64').replace(/=+$/, '')}`;

export const same = (a: HostKey, b: HostKey): boolean =>
  a.type === b.type && a.base64.replace(/=+$/, '') === b.base64.replace(/=+$/, '');

/** The algorithms by which a server can prove that it has a key of this type (RFC 8332 for RSA). */
export const algorithmsOf = (type: string): readonly string[] =>
  type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type];

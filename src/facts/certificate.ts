/**
 * The certificate in a file and the key beside it. The private key never leaves the host: openssl says its public half
 * there.
 */
import { Unreadable, type Fact } from '../model/fact.js';
import type { Diagnostic } from '../model/diagnostic.js';
import type { Certificate } from '../pki/certificate.js';
import { spkiOfPublicPem } from '../pki/key.js';
import { publicPem } from '../pki/on-host.js';
import { readCertificates } from '../pki/read.js';
import { type Script, scripts, sh } from '../shell/sh.js';
import { splitAtLine } from '../shell/split-at-line.js';

export type KeyOnHost =
  | { readonly state: 'absent' }
  | {
      readonly state: 'present';
      /** Permission bits, 0o600. */
      readonly mode: number;
      readonly owner: string;
      /** Of its public half, hex; absent: the host has no openssl, or openssl cannot read the key (`broken`). */
      readonly spkiSha256?: string;
      readonly broken?: true;
    };

export type CertificateOnHost =
  | { readonly state: 'absent'; readonly key?: KeyOnHost }
  | {
      readonly state: 'present';
      readonly certificates: readonly Certificate[];
      readonly problems: readonly Diagnostic[];
      readonly key?: KeyOnHost;
    };

/** `keyPath`: where its private key lies, if that is asked. Reads at most 64 KiB. */
export const certificate = (path: string, keyPath?: string): Fact<CertificateOnHost> => {
  const id = keyPath === undefined ? `certificate:${path}` : `certificate:${path}:${keyPath}`;
  return {
    id,
    question: { ask: 'host', script: scripts([keyScript(keyPath), certificateScript(path)], '') },
    parse: output => read(id, path, output),
  };
};

// What comes from openssl and stat stands first, what comes from the file last: no file can pretend to be a frame.
const certificateScript = (path: string): Script => sh`c=${path}
if [ -f "$c" ]; then echo '#certificate'; head -c 65536 -- "$c" | LC_ALL=C awk ${publicPem}
elif [ -e "$c" ] || [ -L "$c" ]; then echo '#certificate'; echo '?'
else echo '#absent'; fi
`;

const keyScript = (path: string | undefined): Script =>
  path === undefined
    ? sh``
    : sh`k=${path}
if [ -f "$k" ]; then
  stat -L -c '#key %a %U' -- "$k"
  if command -v openssl >/dev/null 2>&1; \
then openssl pkey -in "$k" -pubout -passin pass: 2>/dev/null </dev/null || echo '#key-broken'; fi
else echo '#key-absent'; fi
`;

const read = (id: string, path: string, output: string): CertificateOnHost => {
  const found = splitAtLine(output, '#certificate', '#absent');
  if (!found) throw new Unreadable(id, output, 'neither a certificate nor its absence');
  const key = readKey(found.before);
  if (found.mark === '#absent') return { state: 'absent', ...(key && { key }) };
  return { state: 'present', ...readCertificates(found.after, path), ...(key && { key }) };
};

const readKey = (text: string): KeyOnHost | undefined => {
  if (/^#key-absent$/m.test(text)) return { state: 'absent' };
  const [, mode, owner] = /^#key ([0-7]{1,5}) (\S+)$/m.exec(text) ?? [];
  if (mode === undefined || owner === undefined) return undefined;
  const spkiSha256 = spkiOfPublicPem(text);
  const broken = spkiSha256 === undefined && /^#key-broken$/m.test(text);
  return {
    state: 'present',
    mode: Number.parseInt(mode, 8),
    owner,
    ...(spkiSha256 !== undefined && { spkiSha256 }),
    ...(broken && { broken }),
  };
};

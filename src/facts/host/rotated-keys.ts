/** Which service-account keys and encryption keys the files of a control plane name: no secret leaves the host. */
import { exchangeMark, type HostKeys } from '../../model/rotation.js';
import { publicKeysIn } from '../../pki/key.js';
import { sh } from '../../shell/sh.js';

/** Only where an API server was set up: four forks. */
export const keysScript = sh`
if [ -e /etc/kubernetes/pki/sa.pub ]; then
  printf accountKeys=; head -c 32768 /etc/kubernetes/pki/sa.pub | base64 -w0; echo
  echo "accountKeysSince=$(stat -c %Y /etc/kubernetes/pki/sa.pub)"
  [ ! -e /etc/kubernetes/pki/sa.key ] || echo "signer=$(sha256sum </etc/kubernetes/pki/sa.key)"
fi
for file in /etc/kubernetes/pki/sa-????????????.key; do [ ! -f "$file" ] || echo "waiting=\${file##*/sa-}"; done
[ ! -e /etc/kubernetes/encryption.yaml ] || \
sed -n 's/^ *- name: *\\(key[0-9]*\\)$/encrypts=\\1/p' /etc/kubernetes/encryption.yaml
`;

/** undefined: it has no such file. */
export function readKeys(output: string, seen: ReadonlyMap<string, string>): HostKeys | undefined {
  const text = seen.get('accountKeys');
  const all = (pattern: RegExp): readonly string[] => [...output.matchAll(pattern)].map(([, name = '']) => name);
  const encrypts = all(/^encrypts=(key\d+)$/gm);
  if (text === undefined && encrypts.length === 0) return undefined;
  const [signer] = /^[0-9a-f]{64}/.exec(seen.get('signer') ?? '') ?? [];
  const since = Number(seen.get('accountKeysSince'));
  return {
    verifies: listIn(Buffer.from(text ?? '', 'base64').toString('utf8')),
    waiting: all(/^waiting=([0-9a-f]{12})\.key$/gm),
    encrypts,
    ...(since > 0 ? { verifiesSince: since } : {}),
    ...(signer === undefined ? {} : { signer }),
  };
}

const listIn = (text: string): readonly string[] => {
  const keys = publicKeysIn(text);
  return keys.length < 2 || text.startsWith(exchangeMark) ? keys : [];
};

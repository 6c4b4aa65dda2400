/** A kubeconfig without its secrets, and the client certificate that it holds or names. */
import { Unreadable, type Fact } from '../model/fact.js';
import type { Diagnostic } from '../model/diagnostic.js';
import type { Certificate } from '../pki/certificate.js';
import { spkiOfPublicPem } from '../pki/key.js';
import type { Kubeconfig } from '../pki/kubeconfig.js';
import { publicKubeconfig } from '../pki/on-host.js';
import { readCertificates } from '../pki/read.js';
import { readKubeconfig } from '../pki/read-kubeconfig.js';
import { type Script, sh } from '../shell/sh.js';
import { splitAtLine } from '../shell/split-at-line.js';

export type KubeconfigOnHost =
  | { readonly state: 'absent' }
  | {
      readonly state: 'present';
      /** Permission bits, 0o600. */
      readonly mode: number;
      readonly owner: string;
      /** Absent: unreadable, and `problems` says why. */
      readonly config?: Kubeconfig;
      /** Of the text, and of the client certificate's file where it names one. */
      readonly problems: readonly Diagnostic[];
      /** The client certificate, leaf first, from the text or from the file that it names. */
      readonly certificates: readonly Certificate[];
      /** Of the client key's public half; absent: no key, several keys, or no openssl on the host. */
      readonly keySpkiSha256?: string;
      readonly keyBroken?: true;
    };

/** Reads at most 256 KiB. */
export const kubeconfig = (path: string): Fact<KubeconfigOnHost> => {
  const id = `kubeconfig:${path}`;
  return { id, question: { ask: 'host', script: script(path) }, parse: output => read(id, path, output) };
};

const script = (path: string): Script => sh`f=${path}
if [ -f "$f" ]; then
  stat -L -c '#mode %a %U' -- "$f"
  o=; if command -v openssl >/dev/null 2>&1; then o=1; fi
  head -c 262144 -- "$f" | LC_ALL=C KW_DIRECTORY="\${f%/*}" KW_OPENSSL=$o awk ${publicKubeconfig}
elif [ -e "$f" ] || [ -L "$f" ]; then echo '#mode 0 ?'; echo '#kubeconfig'
else echo '#absent'; fi
`;

const read = (id: string, path: string, output: string): KubeconfigOnHost => {
  if (output.trim() === '#absent') return { state: 'absent' };
  const { before, after: text } = splitAtLine(output, '#kubeconfig') ?? {};
  const [, mode, owner] = /^#mode ([0-7]{1,5}) (\S+)$/m.exec(before ?? '') ?? [];
  if (before === undefined || text === undefined || mode === undefined || owner === undefined)
    throw new Unreadable(id, output, 'neither a kubeconfig nor its absence');
  const { value, problems } = readKubeconfig(text, path);
  const client = clientCertificate(before, value);
  const keySpkiSha256 = spkiOfPublicPem(before);
  return {
    state: 'present',
    mode: Number.parseInt(mode, 8),
    owner,
    ...(value && { config: value }),
    problems: [...problems, ...client.problems],
    certificates: client.certificates,
    ...(keySpkiSha256 !== undefined && { keySpkiSha256 }),
    ...(keySpkiSha256 === undefined && /^#key-broken$/m.test(before) && { keyBroken: true as const }),
  };
};

const clientCertificate = (before: string, config: Kubeconfig | undefined): ReturnType<typeof readCertificates> => {
  // client-go: data wins over a file. What is wrong with the data is already among the problems of the text.
  if (config?.certPem !== undefined)
    return { certificates: readCertificates(config.certPem, 'client-certificate-data').certificates, problems: [] };
  const [, file, pem] = /^#file ([^\n]*)\n([\s\S]*)$/m.exec(before) ?? [];
  return file !== undefined && pem !== undefined && config?.certPath !== undefined
    ? readCertificates(pem, file)
    : { certificates: [], problems: [] };
};

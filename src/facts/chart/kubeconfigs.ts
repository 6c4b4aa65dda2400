import { spkiOfPublicPem } from '../../pki/key.js';
import { publicKubeconfig } from '../../pki/on-host.js';
import { readCertificates } from '../../pki/read.js';
import { readKubeconfig } from '../../pki/read-kubeconfig.js';
import { raw, sh } from '../../shell/sh.js';
import { splitAtLine } from '../../shell/split-at-line.js';
import { chartFact } from './chart-fact.js';
import { readStats, type Stat, statLines } from './paths-stat.js';
import { alsoOf, content, pick } from './prelude.js';
import { redact, redactTree } from '../../model/redaction/redact.js';
import type { KubeconfigSeen } from './seen.js';

const kubelets = sh`/var/lib/kubelet/kubeconfig|*/.kube/config`;
const wanted = sh`/etc/kubernetes/*.conf|*.kubeconfig|/var/lib/kube-proxy/*.conf|${raw(kubelets)}`;
const usual = sh`/root/.kube/config /home/*/.kube/config`;

/** A configuration may call any file of a host a kubeconfig: only what says so itself is printed. */
const ofKind = '^[{ ]*"?kind"?: *"?Config"?[ ,]*\r?$|^ *\\{(.*, *)?"kind" *: *"Config" *[,}]';

export const places = { wanted, usual };

export const kubeconfigs = chartFact({
  id: 'kubeconfigs',
  question: {
    ask: 'host',
    seconds: 5,
    bytes: 1024 * 1024,
    script: sh`${raw(pick(wanted, usual))}${raw(alsoOf(sh`$kw_configs`))}[ $# -gt 0 ] || exit 0
${raw(statLines)}o=; ! command -v openssl >/dev/null 2>&1 || o=1
for f; do case $f in */haproxy/*|*/keepalived/*|*/network/*) continue;; esac
if grep -qE ${ofKind} -- "$f"; then :; else case $f in ${raw(wanted)}) printf '\\n#config %s\\n=#kubeconfig\\n' "$f";; \
esac; continue; fi
printf '\\n#config %s\\n' "$f"; \
head -c 262144 -- "$f" | KW_DIRECTORY="\${f%/*}" KW_OPENSSL=$o awk ${publicKubeconfig} | sed 's/^/=/'; done`,
  },
  parse: output => {
    const stats = readStats(output);
    return content(output, 'config').map(([path, text]) => read(path, text, stats.get(path)));
  },
});

const read = (path: string, text: string, stat: Stat | undefined): KubeconfigSeen => {
  const { before = '', after: config = '' } = splitAtLine(text, '#kubeconfig') ?? {};
  const { value, problems } = readKubeconfig(config, path);
  const named = /^#file [^\n]*\n([\s\S]*)$/m.exec(before)?.[1];
  const client = value?.certPem ?? (value?.certPath === undefined ? undefined : named);
  const certificates = client === undefined ? [] : readCertificates(client, path).certificates;
  const key = spkiOfPublicPem(before);
  const matches =
    key !== undefined && certificates[0]
      ? key === certificates[0].spkiSha256
      : /^#key-broken$/m.test(before)
        ? false
        : undefined;
  return {
    path,
    mode: stat?.mode ?? '',
    changedAt: stat?.changedAt ?? '',
    ...(value && { value: redactTree(value) }),
    problems: problems
      .filter(one => !harmless.has(one.code))
      .map(one => `line ${one.at?.line ?? 1}: ${redact(one.says)}`),
    ca: value?.caPem === undefined ? [] : readCertificates(value.caPem, path).certificates,
    client: certificates,
    ...(matches !== undefined && { keyMatches: matches }),
  };
};

/** A reader takes it for all that; without a credential its user is anonymous. */
const harmless = new Set(['trailing-junk', 'no-credential']);

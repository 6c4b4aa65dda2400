import { spkiOfPublicPem } from '../../pki/key.js';
import { chartFact } from './chart-fact.js';
import { readStats, statLines } from './paths-stat.js';
import { pick } from './prelude.js';
import { raw, sh } from '../../shell/sh.js';

const wanted = sh`*.key|*.pub|*kubelet-*-current.pem|*-key.pem`;
const usual = sh`/etc/kubernetes/pki/*.key /etc/kubernetes/pki/*.pub /etc/kubernetes/pki/etcd/*.key \
/var/lib/kubelet/pki/*`;

export const places = { wanted, usual };

/** openssl says the public half there; no other byte of a key is read. */
export const keys = chartFact({
  id: 'keys',
  question: {
    ask: 'host',
    seconds: 5,
    bytes: 512 * 1024,
    script: sh`${raw(pick(wanted, usual))}[ $# -gt 0 ] || exit 0
${raw(statLines)}command -v openssl >/dev/null 2>&1 || { echo '#no-openssl'; exit 0; }
for f; do echo "#key $f"; case $f in *.pub) openssl pkey -pubin -in "$f" -pubout 2>/dev/null;; \
*) openssl pkey -in "$f" -pubout -passin pass: 2>/dev/null;; esac || echo '#broken'; done </dev/null`,
  },
  parse: output => {
    const blind = /^#no-openssl$/m.test(output);
    const halves = new Map(
      output
        .split(/^#key /m)
        .slice(1)
        .map(part => [part.slice(0, part.indexOf('\n')), part] as const),
    );
    return [...readStats(output)].map(([path, { mode, changedAt }]) => {
      const spkiSha256 = spkiOfPublicPem(halves.get(path) ?? '');
      return {
        path,
        mode,
        changedAt,
        ...(spkiSha256 === undefined
          ? {
              problem: blind
                ? 'the host has no openssl, so its public half is not known'
                : 'openssl cannot read a key in it',
            }
          : { spkiSha256 }),
      };
    });
  },
});

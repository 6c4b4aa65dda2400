import { publicPem } from '../../pki/on-host.js';
import { readCertificates } from '../../pki/read.js';
import { raw, sh } from '../../shell/sh.js';
import { chartFact } from './chart-fact.js';
import { readStats, statLines } from './paths-stat.js';
import { pick } from './prelude.js';

/** Only lines inside CERTIFICATE blocks leave the host, so no file can pretend to be a frame. */
const program = `FNR == 1 { show = 0; print "#pem " FILENAME }\nFNR > 2000 { next }\n${publicPem}`;

// Keys with the same ending have no block that is shown, and are left out of the answer.
const wanted = sh`*.crt|*.cert|*.pem`;

const usual = sh`/etc/kubernetes/pki/*.crt /etc/kubernetes/pki/etcd/*.crt /var/lib/kubelet/pki/*`;

export const places = { wanted, usual };

export const certificates = chartFact({
  id: 'certificates',
  question: {
    ask: 'host',
    seconds: 5,
    bytes: 2 * 1024 * 1024,
    script: sh`${raw(pick(wanted, usual))}[ $# -gt 0 ] || exit 0
${raw(statLines)}awk ${program} "$@"`,
  },
  parse: output => {
    const pems = new Map(
      output
        .split(/^#pem /m)
        .slice(1)
        .map(part => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)] as const),
    );
    return [...readStats(output)]
      .filter(([path]) => !/-key\.pem$|\.key$/.test(path))
      .map(([path, { changedAt }]) => {
        const read = readCertificates(pems.get(path) ?? '', path);
        return {
          path,
          changedAt,
          certificates: read.certificates,
          problems: read.problems
            .filter(one => read.certificates.length === 0 || !isKeyBeside(path, one.code))
            .map(one => `line ${one.at?.line ?? 1}: ${one.says}`),
        };
      });
  },
});

// A kubelet's rotated file holds certificate and key: what stands for the key behind the blocks is not a junk.
const isKeyBeside = (path: string, code: string): boolean =>
  /kubelet-(client|server)/.test(path) &&
  (code === 'trailing-junk' || code === 'unclosed-pem' || code === 'key-instead-of-certificate');

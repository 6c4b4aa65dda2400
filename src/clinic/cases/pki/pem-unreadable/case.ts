import { scripts, sh } from '../../../../shell/sh.js';
import { defineCase } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { callersOf, controlMachine, hostsOf } from '../../../read/hosts.js';
import { isElsewhere } from '../../../read/own-files.js';
import { certificatesInUse, type Use } from '../../../read/in-use.js';
import { subjectText } from '../../../examine/verdict.js';
import type { Certificate } from '../../../../pki/certificate.js';
import { kubeconfigs } from './kubeconfigs.js';
import { therapy } from './therapy.js';
import { type Facts, type Finding, short, variants } from './variants.js';
import { pattern } from '../../../../model/pattern.js';

export default defineCase<Facts>({
  id: 'pem-unreadable',
  precedence: 40,
  title: 'A certificate, key or kubeconfig in use cannot be read, or its parts do not belong together',
  founding: 4,
  variants,
  about: [{ how: 'bad-pem' }, { who: 'kubectl', whom: 'file', how: 'not-found' }],
  told: [['key-or-certificate', 'unreadable']],
  symptoms: [
    {
      text: /connection to the server localhost:8080 was refused/,
      benign:
        'this user was never given a kubeconfig: kubectl asks localhost:8080 then; copy admin.conf to ~/.kube/config',
    },
    { text: /(failed to (find any|parse)|no) (certificate |key |certificate or key )?PEM (data|block)/ },
    { text: /tls: private key (?:type )?does not match public key/ },
    // Key and certificate are one in the place of the other, or neither.
    {
      text: pattern(
        /found a (?:certificate|key) rather than a (?:key|certificate) in the PEM|PEM inputs may have been switched/,
        /|tls: failed to parse private key|failed to find "CERTIFICATE" PEM block|unknown public key algorithm/,
      ),
    },
    {
      text: pattern(
        /unable to (load root certificates|parse bytes as PEM block)/,
        /|data does not contain any valid RSA or ECDSA certificates/,
      ),
    },
    { text: /illegal base64 data at input byte/ },
    {
      text: pattern(
        /error loading config file/,
        /|invalid configuration: (no configuration has been provided|unable to read client-(cert|key))/,
        /|unable to read (client-cert|client-key|certificate-authority) \S+ for/,
      ),
      benign: 'where no kubeconfig was ever given to this user: then it is only not chosen',
    },
    { text: /asn1: (structure error|syntax error)|x509: malformed certificate/ },
  ],
  explains: [
    'leaf-certificate-expired',
    'waiting-for-leader-lease',
    'not-highly-available',
    'quorum-lost',
    'etcd-stale-member',
    'kubelet-certificate-not-trusted',
    'front-proxy',
  ],
  lab: true,
  sources: ['kubernetes/kubernetes#54665', 'kubernetes/kubeadm#1361', 'https://pkg.go.dev/crypto/tls#X509KeyPair'],
  badCures: [
    {
      cure: 'kubectl config set-credentials --embed-certs from files of another host',
      why: 'it pairs a certificate with a foreign key, and the error only changes its words',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const findings = hostsOf(chart)
      .flatMap(host => {
        evidence.read(host.processes);
        evidence.read(host.files);
        return [...files(host, evidence), ...kubeconfigs(host, evidence)];
      })
      .concat(
        callersOf(chart)
          .filter(host => host.name === controlMachine)
          .flatMap(host => kubeconfigs(host, evidence)),
      );
    return evidence.verdict([
      ...new Map(findings.map(one => [`${one.host} ${subjectText(one.subject)}`, one])).values(),
    ]);
  },

  therapy,

  verify: finding => {
    const { host, facts } = finding;
    if (finding.variant === 'kubeconfig-unreadable' || finding.variant === 'kubeconfig-key')
      return [
        {
          host,
          command: sh`kubectl --kubeconfig ${facts.path} get --raw /readyz`,
          answer:
            'error: tls: failed to find any PEM data in certificate input (or: private key does not match public key)',
          healthy: 'ok',
        },
      ];
    const key = 'key' in facts ? facts.key : facts.path.replace(/\.crt$/, '.key');
    return [
      {
        host,
        command: scripts(
          [
            sh`openssl x509 -noout -pubkey -in ${facts.path} | sha256sum`,
            sh`openssl pkey -pubout -in ${key} | sha256sum`,
          ],
          '; ',
        ),
        answer: finding.shows[0]?.text ?? '',
        healthy: 'twice the same sum',
      },
    ];
  },
});

const files = (host: HostChart, evidence: EvidenceReader): readonly Finding[] =>
  certificatesInUse(host).flatMap((use): readonly Finding[] => {
    const seen = evidence.certificate(host, use.path);
    if (seen === undefined) return [];
    if (seen === null && isElsewhere(host, use.program, use.path, evidence)) return [];
    if (seen === null) return 'key' in use || use.as.startsWith('trusts') ? missingFile(host, use) : [];
    const [leaf] = seen.certificates;
    if (!leaf)
      return [
        {
          variant: 'certificate-unreadable',
          host: host.name,
          subject: { path: use.path },
          facts: { ...readOf(use), problems: seen.problems },
        },
      ];
    return 'key' in use ? pair(host, use, evidence) : [];
  });

const readOf = ({ path, program, flag }: Use): Facts['file-missing'] => ({ path, program, flag });

/** A kubelet without its serving certificate makes one itself (in its --cert-dir). */
const missingFile = (host: HostChart, use: Use): readonly Finding[] =>
  use.program === 'kubelet' &&
  'key' in use &&
  use.path.startsWith('/var/lib/kubelet/pki/kubelet.') &&
  use.flag !== 'tlsCertFile'
    ? []
    : [
        {
          variant: 'file-missing',
          host: host.name,
          subject: { path: use.path },
          facts: readOf(use),
          explains: ['manifest-missing-mount/no-file'],
        },
      ];

type PairUse = Extract<Use, { key: string }>;

function pair(host: HostChart, use: PairUse, evidence: EvidenceReader): readonly Finding[] {
  const chain = evidence.certificate(host, use.path)?.certificates ?? [];
  const key = use.key === '' ? null : evidence.key(host, use.key);
  const [leaf] = chain;
  if (key === undefined || !leaf || (!key && use.key === '')) return [];
  // Without openssl on the host nobody has tried to read the key.
  if (key && key.spkiSha256 === undefined && key.problem === undefined) {
    evidence.note(host.name, use.key, 'its public half could not be asked for');
    return [];
  }
  const problem = key?.problem;
  const seen =
    problem !== undefined ? { problem } : key?.spkiSha256 !== undefined ? { spki: key.spkiSha256 } : undefined;
  const facts = { ...readOf(use), key: use.key, leaf, ...(seen && { keySeen: seen }) };
  const at = { host: host.name };
  if (key?.spkiSha256 === undefined) {
    return [
      {
        variant: 'key-unreadable',
        ...at,
        subject: { key: use.key },
        facts: { ...facts, ...(problem !== undefined && { problem }) },
      },
    ];
  }
  return keyOfAnother(chain, key.spkiSha256, facts, at);
}

/** A key that is not the first certificate's. */
function keyOfAnother(
  chain: readonly Certificate[],
  privateKey: string,
  facts: Facts['key-unreadable'],
  at: Pick<Finding, 'host'>,
): readonly Finding[] {
  const place = chain.findIndex(one => one.spkiSha256 === privateKey);
  const [leaf] = chain;
  if (place === 0 || !leaf) return [];
  const subject = { path: facts.path };
  return place > 0
    ? [
        {
          variant: 'wrong-order',
          ...at,
          subject,
          facts: { ...facts, first: leaf.subject, place: place + 1 },
          explains: ['name-missing-in-certificate'],
        },
      ]
    : [
        {
          variant: 'key-of-another-pair',
          ...at,
          subject,
          facts: { ...facts, certificateKey: short(leaf.spkiSha256), privateKey: short(privateKey) },
        },
      ];
}

import { defineCase } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import type { KubeconfigSeen } from '../../../chart/seen.js';
import { type Eyes, openEyes } from '../../../read/eyes.js';
import { bootstrapsWith } from '../../../read/kubelet.js';
import { callersOf, desk, hostsOf } from '../../../read/hosts.js';
import { certificatesInUse, kubeconfigsInUse, type Use } from '../../../read/in-use.js';
import { certificateText, shown } from '../../../read/shown.js';
import type { Finding } from '../../../examine/verdict.js';
import { therapy } from './therapy.js';

export default defineCase({
  id: 'pem-unreadable',
  precedence: 40,
  title: 'A certificate, key or kubeconfig in use cannot be read, or its parts do not belong together',
  founding: 4,
  variants: {
    'certificate-unreadable': 'a certificate file in use holds no PEM, or broken base64',
    'file-missing': 'a certificate file that a component is told to read is not there',
    'wrong-order': 'the CA stands before the leaf in a certificate file',
    'key-unreadable': 'the private key of a certificate in use is missing or unreadable',
    'key-of-another-pair': 'the private key belongs to another certificate',
    'kubeconfig-unreadable': 'a kubeconfig in use cannot be read, or what it embeds is no PEM',
    'kubeconfig-key': 'certificate and key in a kubeconfig are of different pairs',
  },
  symptoms: [
    {
      text: /connection to the server localhost:8080 was refused/,
      benign:
        'this user was never given a kubeconfig: kubectl asks localhost:8080 then; copy admin.conf to ~/.kube/config',
    },
    { text: /tls: failed to find any PEM data in (certificate|key) input/ },
    { text: /tls: private key does not match public key/ },
    {
      text: /unable to (load root certificates|parse bytes as PEM block)|data does not contain any valid RSA or ECDSA certificates/,
    },
    { text: /illegal base64 data at input byte/ },
    {
      text: /error loading config file|invalid configuration: (no configuration has been provided|unable to read client-(cert|key))/,
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
    const eyes = openEyes();
    const findings = hostsOf(chart)
      .flatMap(host => {
        eyes.see(host.processes);
        eyes.see(host.files);
        return [...files(host, eyes), ...kubeconfigs(host, eyes)];
      })
      .concat(
        callersOf(chart)
          .filter(host => host.name === desk)
          .flatMap(host => kubeconfigs(host, eyes)),
      );
    return eyes.verdict([...new Map(findings.map(one => [`${one.host} ${one.subject}`, one])).values()]);
  },

  therapy,

  teach: finding => [
    finding.variant.startsWith('kubeconfig')
      ? {
          host: finding.host,
          command: `kubectl --kubeconfig ${finding.subject} get --raw /readyz`,
          answer:
            'error: tls: failed to find any PEM data in certificate input (or: private key does not match public key)',
          healthy: 'ok',
        }
      : {
          host: finding.host,
          command: `openssl x509 -noout -pubkey -in ${finding.subject.replace(/\.key$/, '.crt')} | sha256sum; openssl pkey -pubout -in ${finding.subject.replace(/\.crt$/, '.key')} | sha256sum`,
          answer: finding.shows[0]?.text ?? finding.says,
          healthy: 'twice the same sum',
        },
  ],
});

const files = (host: HostChart, eyes: Eyes): readonly Finding[] =>
  certificatesInUse(host).flatMap((use): readonly Finding[] => {
    const seen = eyes.certificate(host, use.path);
    if (seen === undefined) return [];
    const at = { host: host.name, subject: use.path };
    const who = `${use.program} on ${host.name} (${use.flag})`;
    if (seen === null) return 'key' in use || use.as.startsWith('trusts') ? missingFile(host, use, who) : [];
    const [leaf] = seen.certificates;
    if (!leaf)
      return [
        {
          variant: 'certificate-unreadable',
          ...at,
          says: `${who} is to read certificates from ${use.path}, but there is none in it: ${seen.problems.join('; ') || 'it holds no PEM'}`,
          shows: [shown(host.certificates, use.path, seen.problems.join('; ') || 'no certificate')],
        },
      ];
    return 'key' in use ? pair(host, use, who, eyes) : [];
  });

/** A kubelet without its serving certificate makes one itself (in its --cert-dir). */
const missingFile = (host: HostChart, use: Use, who: string): readonly Finding[] =>
  use.program === 'kubelet' &&
  'key' in use &&
  use.path.startsWith('/var/lib/kubelet/pki/kubelet.') &&
  use.flag !== 'tlsCertFile'
    ? []
    : [
        {
          variant: 'file-missing',
          host: host.name,
          subject: use.path,
          says: `${who} is to read ${use.path}, but there is no such file`,
          shows: [shown(host.certificates, use.path, 'no such file')],
          explains: ['manifest-missing-mount/no-file'],
        },
      ];

function pair(host: HostChart, use: Extract<Use, { key: string }>, who: string, eyes: Eyes): readonly Finding[] {
  const chain = eyes.certificate(host, use.path)?.certificates ?? [];
  const key = use.key === '' ? null : eyes.key(host, use.key);
  const [leaf] = chain;
  if (key === undefined || !leaf) return [];
  const at = { host: host.name };
  const text = [
    shown(host.certificates, use.path, `${certificateText(leaf)}, public key ${leaf.spkiSha256.slice(0, 12)}`),
    shown(host.keys, use.key, key ? (key.problem ?? `public key ${key.spkiSha256?.slice(0, 12)}`) : 'no such file'),
  ];
  if (!key)
    return use.key === ''
      ? []
      : [
          {
            variant: 'key-unreadable',
            ...at,
            subject: use.key,
            says: `${who} shows ${use.path}, but its key ${use.key} is not there`,
            shows: text,
          },
        ];
  if (key.spkiSha256 === undefined) {
    // Without openssl on the host nobody has tried to read the key.
    if (key.problem === undefined) eyes.note(host.name, use.key, 'its public half could not be asked for');
    return key.problem === undefined
      ? []
      : [
          {
            variant: 'key-unreadable',
            ...at,
            subject: use.key,
            says: `${who} shows ${use.path}, but its key ${use.key} cannot be read: ${key.problem}`,
            shows: text,
          },
        ];
  }
  if (leaf.spkiSha256 === key.spkiSha256) return [];
  const later = chain.findIndex(one => one.spkiSha256 === key.spkiSha256);
  return later > 0
    ? [
        {
          variant: 'wrong-order',
          ...at,
          subject: use.path,
          says: `${who} shows the first certificate of ${use.path}, which is ${leaf.subject}; its key ${use.key} belongs to the one at place ${later + 1}`,
          shows: text,
          explains: ['name-missing-in-certificate'],
        },
      ]
    : [
        {
          variant: 'key-of-another-pair',
          ...at,
          subject: use.path,
          says: `${who} shows ${use.path} with the public key ${leaf.spkiSha256.slice(0, 12)}, but ${use.key} is the key of ${key.spkiSha256.slice(0, 12)}`,
          shows: text,
        },
      ];
}

const harmless = /neither key nor token|text after the last PEM block/;

/** Only of kubelets a missing kubeconfig is no illness: they write it anew from what they were given before. */
const kubeconfigs = (host: HostChart, eyes: Eyes): readonly Finding[] =>
  kubeconfigsInUse(host).flatMap(({ program, path }): readonly Finding[] => {
    const seen = eyes.kubeconfig(host, path);
    if (seen === undefined || (seen === null && (program === 'kubelet' || program === 'kube-proxy'))) return [];
    const at = { host: host.name, subject: path };
    const why = seen === null ? 'there is no such file' : unreadable(seen);
    if (program === 'kubelet' && why === noClient && bootstrapsWith(host, eyes)) return []; // it asks for that certificate now
    if (why !== undefined)
      return [
        {
          variant: 'kubeconfig-unreadable',
          ...at,
          says: `${program} on ${host.name} is to use ${path}, but ${why}`,
          shows: [shown(host.kubeconfigs, path, why)],
        },
      ];
    if (seen?.keyMatches !== false) return [];
    const [leaf] = seen.client;
    return [
      {
        variant: 'kubeconfig-key',
        ...at,
        says: `${path} on ${host.name} holds the certificate of ${leaf?.commonName ?? 'somebody'}, and the key of another one`,
        shows: [
          shown(host.kubeconfigs, path, `${leaf ? certificateText(leaf) : 'certificate'}: the key is not its own`),
        ],
      },
    ];
  });

const noClient = 'its client certificate holds no certificate';

const unreadable = ({ value, problems, ca, client }: KubeconfigSeen): string | undefined => {
  const faults = problems.filter(each => !harmless.test(each));
  if (faults.length > 0) return faults.join('; ');
  if (!value) return 'it leads to no cluster and user';
  if (value.caPem !== undefined && ca.length === 0) return 'its certificate-authority-data holds no certificate';
  return (value.certPem !== undefined || value.certPath !== undefined) && client.length === 0 ? noClient : undefined;
};

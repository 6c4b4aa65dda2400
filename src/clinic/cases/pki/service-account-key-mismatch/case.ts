import { apiserverPort } from '../../../../model/components.js';
import { scripts, sh } from '../../../../shell/sh.js';
import { defineCase } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { looksForKey } from '../../../read/looked-for.js';
import { isOurs } from '../../../read/supervision.js';
import { flagSet } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import { signatureRefused, tokenRefused, unauthorized } from '../../../symptoms.js';
import type { Resource } from '../../../../model/resource.js';
import { issuers, issuerVariant, sameIssuer } from './issuer.js';
import { type Facts, type Finding, signs, proof } from './facts.js';

const roles = {
  verifier: { program: 'kube-apiserver', flag: 'service-account-key-file' },
  signer: { program: 'kube-controller-manager', flag: 'service-account-private-key-file' },
  'token-signer': { program: 'kube-apiserver', flag: 'service-account-signing-key-file' },
} as const;
type Variant = keyof typeof roles;

export default defineCase<Facts>({
  id: 'service-account-key-mismatch',
  precedence: 120,
  title: 'Tokens of service accounts are signed with a key that an API server does not accept',
  variants: {
    verifier: {
      means: 'an API server verifies tokens by other keys than those that sign them',
      says: ({ host, facts }) =>
        `kube-apiserver on ${host} verifies tokens by the key ${facts.key} (${facts.path}), but they are ` +
        `signed with ${facts.signedWith} (${facts.signer.path} on ${facts.signer.host})`,
      shows: proof,
    },
    signer: {
      means: 'a controller manager signs with a key that API servers do not accept',
      says: ({ host, facts }) => signs(roles.signer.program, host, facts),
      shows: proof,
    },
    'token-signer': {
      means: 'an API server signs tokens with a key that API servers do not accept',
      says: ({ host, facts }) => signs(roles['token-signer'].program, host, facts),
      shows: proof,
    },
    issuer: issuerVariant,
  },
  told: [['sa-key'], ['sa-key', 'unauthorized']],
  symptoms: [
    { text: /Unable to authenticate the request due to an error: \[?invalid bearer token(?!.{0,120}used before)/ },
    { text: signatureRefused },
    { text: tokenRefused, benign: 'one client with an old or foreign token causes it alone' },
    { text: unauthorized },
  ],
  about: [
    { who: 'cni', how: 'unauthorized' },
    { who: 'dns', how: 'unauthorized' },
    { whom: 'kubernetes-service', how: 'unauthorized' },
  ],
  explains: ['cluster-dns-missing', 'node-not-ready-cni', 'waiting-for-leader-lease'],
  lab: true,
  spare: ['files'],
  sources: ['kubernetes/kubernetes#109812', 'kubernetes/kubernetes#72026', 'kubernetes/kubernetes#112942'],
  badCures: [
    {
      cure: 'deleting all token secrets, so that they are made anew',
      why: 'the next ones are signed by the same wrong key, and every pod that ran loses its token',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    for (const host of hostsOf(chart, 'controlPlane')) {
      evidence.read(host.processes);
      evidence.read(host.files);
    }
    const held = hostsOf(chart, 'controlPlane').flatMap(host => keysOf(host, evidence));
    return evidence.verdict([...findings(held), ...issuers(hostsOf(chart, 'controlPlane'))]);
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    if (finding.variant === 'issuer') return sameIssuer(finding, chart);
    const { program } = roles[finding.variant];
    const want = !host
      ? []
      : isOurs(chart)
        ? restoreAt(
            chart,
            host.name,
            '/etc/kubernetes/pki/sa.key',
            '/etc/kubernetes/pki/sa.pub',
            `/etc/systemd/system/${program}.service`,
          )
        : rightKeyOnHost(chart, host, finding.variant);
    if (want.length > 0)
      return { title: `Give ${program} on ${finding.host} the key that the others use`, risk: 'restart', want };
    return {
      refused: `the key is not on ${finding.host}; kw does not copy private keys`,
      advice: [
        'copy /etc/kubernetes/pki/sa.key and sa.pub from a control plane where both are right to ' +
          `${finding.host}, mode 600`,
        `restart ${program} there; while keys are being changed, name the old sa.pub as a second ` +
          '--service-account-key-file',
      ],
    };
  },

  verify: finding =>
    finding.variant === 'issuer'
      ? [
          {
            host: finding.host,
            command: 'ps -o args= -C kube-apiserver | tr " " "\\n" | grep service-account-issuer',
            answer: finding.shows[0]?.text ?? '',
            healthy: 'the same line on every control plane',
          },
        ]
      : [
          {
            host: finding.host,
            command: scripts(
              [
                sh`openssl pkey -pubout -in ${finding.facts.path} 2>/dev/null | openssl sha256`,
                sh`openssl sha256 ${finding.facts.path}`,
              ],
              '; ',
            ),
            answer: finding.shows[0]?.text ?? '',
            healthy: 'the same sum of the public half on every control plane',
          },
          {
            host: finding.host,
            command: `curl -sk -H "Authorization: Bearer $TOKEN" https://127.0.0.1:${apiserverPort}/api`,
            answer: '401 Unauthorized',
            healthy: 'the same answer as from the other control planes',
          },
        ],
});

interface Key {
  readonly variant: Variant;
  readonly host: HostChart;
  readonly path: string;
  readonly spki: string;
}

const keysOf = (host: HostChart, evidence: EvidenceReader): readonly Key[] =>
  (Object.keys(roles) as Variant[]).flatMap(variant => {
    const paths = flagsOf(host, roles[variant].program).inForce?.all(roles[variant].flag) ?? [];
    return paths.flatMap((path): readonly Key[] => {
      // What verifies may be a certificate as well (kube-apiserver --help).
      const leaf = looksForKey(path) ? undefined : evidence.certificate(host, path)?.certificates[0];
      if (leaf) return [{ variant, host, path, spki: leaf.spkiSha256 }];
      const key = evidence.key(host, path);
      if (key && key.spkiSha256 === undefined)
        evidence.note(host.name, path, key.problem ?? 'its public half could not be asked for');
      return key?.spkiSha256 === undefined ? [] : [{ variant, host, path, spki: key.spkiSha256 }];
    });
  });

const short = (spki: string): string => spki.slice(0, 12);

function findings(held: readonly Key[]): readonly Finding[] {
  const servers = [...new Set(held.filter(one => one.variant === 'verifier').map(one => one.host))];
  const accepts = (server: HostChart, spki: string) =>
    held.some(one => one.variant === 'verifier' && one.host === server && one.spki === spki);
  const common = mostHeld(held);
  const signers = held.filter(one => one.variant !== 'verifier');
  const wrong = signers.filter(one => one.spki !== common && servers.some(server => !accepts(server, one.spki)));
  const [signer] = common === undefined ? [] : signers.filter(one => one.spki === common);
  const refusing = servers.filter(server => signer && !accepts(server, signer.spki));
  return [
    ...wrong.map(
      ({ variant, host, path, spki }): Finding => ({
        variant: variant === 'signer' ? variant : 'token-signer',
        host: host.name,
        subject: { path },
        facts: {
          path,
          key: short(spki),
          refusedBy: servers.filter(server => !accepts(server, spki)).map(server => server.name),
          ...(common !== undefined && { accepted: short(common) }),
        },
      }),
    ),
    ...refusing.flatMap((server): readonly Finding[] =>
      held
        .filter(one => one.variant === 'verifier' && one.host === server)
        .slice(0, 1)
        .flatMap(({ path, spki }) => (signer ? [refusesSigner(server, path, spki, signer)] : [])),
    ),
  ];
}

const refusesSigner = (server: HostChart, path: string, spki: string, signer: Key): Finding => ({
  variant: 'verifier',
  host: server.name,
  subject: { path },
  facts: {
    path,
    key: short(spki),
    signedWith: short(signer.spki),
    signer: { path: signer.path, host: signer.host.name },
  },
});

/** The key that most of the places hold, private ones before public ones where they are equal in number. */
const mostHeld = (held: readonly Key[]): string | undefined => {
  const votes = new Map<string, number>();
  for (const { spki, variant } of held) votes.set(spki, (votes.get(spki) ?? 0) + (variant === 'verifier' ? 1 : 1.1));
  return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0];
};

/** A key file of that very host that holds the true key: a private key serves as a verifier too. */
function rightKeyOnHost(chart: Chart, host: HostChart, variant: Variant): readonly Resource[] {
  const common = mostHeld(hostsOf(chart, 'controlPlane').flatMap(one => keysOf(one, readEvidence())));
  const keys = 'value' in host.keys ? host.keys.value : [];
  const rightFiles = keys.filter(
    one => one.spkiSha256 === common && (variant === 'verifier' || one.path.endsWith('.key')),
  );
  const best =
    rightFiles.find(one => one.path === '/etc/kubernetes/pki/sa.pub') ??
    rightFiles.find(one => one.path.startsWith('/etc/kubernetes/pki/sa.'));
  const { program, flag } = roles[variant];
  return best ? flagSet(host, program, { [flag]: best.path }, 'tokens are signed with this key') : [];
}

import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { nodesOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { nodeNameOf } from '../../../read/kubelet.js';
import { certificateText } from '../../../read/shown.js';
import { kubeletFlags } from '../../../therapies/kubelet-flags.js';
import { restoreAt } from '../../../therapies/restore.js';
import { notReady } from '../../../symptoms.js';
import { isObjectName } from '../../../../spec/names.js';
import { pattern } from '../../../../model/pattern.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';
import type { Certificate } from '../../../../pki/certificate.js';

/** The node's name as its kubelet has it, from a flag perhaps, and as its certificate, the `leaf` at `path`, has it. */
type Names = {
  readonly kubelet: string;
  readonly certificate: string;
  readonly override?: string;
  readonly path: string;
  readonly leaf: Certificate;
};

type Facts = { readonly override: Names; readonly hostname: Names };

const differ = (host: string, { kubelet, certificate }: Names, told: string): string =>
  `the kubelet on ${host} calls itself ${kubelet} (${told}), but its certificate says system:node:${certificate}: ` +
  `it may change only the node ${certificate}`;

export default defineCase<Facts>({
  id: 'node-name-mismatch',
  precedence: 530,
  title: 'A kubelet calls itself by another name than its certificate',
  versions: '>=1.7',
  variants: {
    override: {
      means: 'the flag --hostname-override names another node than the certificate',
      says: ({ host, facts }) => differ(host, facts, '--hostname-override'),
      shows: proof,
    },
    hostname: {
      means: 'the host was renamed, and its kubelet has no name of its own',
      says: ({ host, facts }) => differ(host, facts, 'the name of the host'),
      shows: proof,
    },
  },
  told: [
    ['renamed', 'node'],
    ['renamed', 'kubelet'],
  ],
  symptoms: [
    { text: /node "[^"]+" is not allowed to modify node "[^"]+"/ },
    {
      text: /can only access (?:node lease|CSINode) with the same name as the requesting node|only its own Node object/,
    },
    { text: /Unable to register node "[^"]+" with API server: nodes "[^"]+" is forbidden/ },
    { text: /User "system:node:[^"]+" cannot get resource "leases".*can only access node lease/ },
    // A user of the nodes without a node's name: the authorizer of nodes knows no node for it.
    { text: /unknown node for user|User "system:nodes?:?" cannot \w+/ },
    { text: notReady },
  ],
  explains: ['node-not-ready-cni'],
  lab: true,
  sources: ['kubernetes/kubernetes#54482', 'CentaurusInfra/arktos#619', 'kelseyhightower/kubernetes-the-hard-way#228'],
  badCures: [
    {
      cure: 'take NodeRestriction out of --enable-admission-plugins',
      why: 'then every kubelet may change every node: one host taken is all hosts taken',
      text: pattern(
        /disable-admission-plugins[= ]\S{0,80}NodeRestriction/,
        /|(disable|remove|without|delete) (the )?NodeRestriction/,
      ),
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => ofHost(host, evidence)));
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const name = finding.facts.certificate;
    if (!host || !isObjectName(name))
      return {
        refused: 'what the certificate of the kubelet says is not a valid node name',
        advice: ['openssl x509 -noout -subject -in /var/lib/kubelet/pki/kubelet-client-current.pem'],
      };
    // The node, its pods and volumes are known under the certificate's name: the kubelet takes it again.
    const want = isOurs(chart)
      ? restoreAt(chart, host.name, '/etc/systemd/system/kubelet.service', '/etc/kubernetes/kubelet.conf')
      : kubeletFlags(host, { 'hostname-override': name }, 'its certificate and its node have this name');
    return want.length > 0
      ? { title: `Let the kubelet on ${host.name} be called as its certificate says`, risk: 'restart', want }
      : {
          refused: 'where the kubelet gets its flags from was not seen',
          advice: [`start it with --hostname-override=${name}`],
        };
  },

  verify: finding => [
    {
      host: finding.host,
      command:
        'hostname; ps -o args= -C kubelet | tr " " "\\n" | grep hostname-override; openssl x509 -noout -subject ' +
        '-in /var/lib/kubelet/pki/kubelet-client-current.pem',
      answer: finding.shows
        .map(one => one.text)
        .reverse()
        .join('\n'),
      healthy: 'CN = system:node: and the name that the kubelet has',
    },
  ],
});

const kubeconfigOf = (host: HostChart): string =>
  flagsOf(host, 'kubelet').inForce?.get('kubeconfig') ?? '/etc/kubernetes/kubelet.conf';
const leafOf = (host: HostChart) =>
  'value' in host.kubeconfigs
    ? host.kubeconfigs.value.find(one => one.path === kubeconfigOf(host))?.client[0]
    : undefined;
const certified = (host: HostChart): string | undefined =>
  /^system:node:(.+)$/.exec(leafOf(host)?.commonName ?? '')?.[1];

function ofHost(host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  evidence.read(host.processes);
  evidence.read(host.files);
  evidence.read(host.kubeconfigs);
  const override = flagsOf(host, 'kubelet').inForce?.get('hostname-override');
  const provider = flagsOf(host, 'kubelet').inForce?.get('cloud-provider') ?? '';
  // In-tree clouds name their nodes themselves.
  if (override === undefined && (evidence.read(host.identity) === undefined || !['', 'external'].includes(provider)))
    return [];
  const [mine, theirs, leaf] = [nodeNameOf(host).toLowerCase(), certified(host), leafOf(host)];
  if (theirs === undefined || !leaf || mine === theirs) return [];
  return [
    {
      variant: override === undefined ? 'hostname' : 'override',
      host: host.name,
      subject: { node: mine },
      facts: {
        kubelet: mine,
        certificate: theirs,
        ...(override !== undefined && { override }),
        path: kubeconfigOf(host),
        leaf,
      },
    },
  ];
}

function proof({ facts: { kubelet, override, path, leaf } }: Found<Names>): readonly Quote[] {
  return [
    quoted('kubeconfigs', path, certificateText(leaf)),
    quoted('processes', 'kubelet', override === undefined ? `hostname ${kubelet}` : `--hostname-override=${override}`),
  ];
}

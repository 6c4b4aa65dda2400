import { allowedSkew, minorOf } from '../../../../catalog/index.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { bare, hostsOf, nodesOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { at } from '../../../read/yaml.js';
import { restoreAt } from '../../../therapies/restore.js';
import { notReady } from '../../../symptoms.js';
import { pattern } from '../../../../model/pattern.js';
import { type Quote, quoted, quotedObject } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

/** `node`: the kubelet's; `version`: of the kubelet; `server`: of the API server that does not fit; `from`:
 * who says it, the Node or the program on disk. */
type KubeletApart = {
  readonly program: 'kubelet';
  readonly node: string;
  readonly version: string;
  readonly server: string;
  readonly from: 'node' | 'program';
};

type Facts = {
  readonly 'kubelet-newer': KubeletApart;
  readonly 'kubelet-too-old': KubeletApart;
  readonly 'apiservers-apart': {
    readonly program: 'kube-apiserver';
    readonly version: string;
    readonly newest: string;
  };
};

export default defineCase<Facts>({
  id: 'version-skew',
  precedence: 540,
  title: 'Components of versions that do not fit together',
  variants: {
    'kubelet-newer': {
      means: 'a kubelet is newer than an API server that it may be sent to',
      says: ({ facts: { node, version, server } }) =>
        `the kubelet of ${node} is ${version}, but an API server is ${server}: a kubelet must not be newer`,
      shows: kubeletProof,
    },
    'kubelet-too-old': {
      means: 'a kubelet is more minors older than its API server than is allowed',
      says: ({ facts: { node, version, server } }) =>
        `the kubelet of ${node} is ${version}, but an API server is ${server}: that is more minors than it ` +
        'may be behind',
      shows: kubeletProof,
    },
    'apiservers-apart': {
      means: 'API servers are more than one minor apart',
      says: ({ host, facts: { version, newest } }) =>
        `kube-apiserver on ${host} is ${version}, another is ${newest}: more than one minor apart, what one stores ` +
        'the other may not read',
      shows: ({ facts }) => [quoted('versions', 'kube-apiserver', facts.version)],
    },
  },
  told: [['kubelet', 'two-versions', 'control-plane']],
  symptoms: [
    {
      text: pattern(
        /kubelet version (?:\S+ )?is (?:higher|newer) than|\[ERROR KubeletVersion\]/i,
        /|kubelet version .{1,80} is (?:higher|newer) than .{0,80}(?:apiserver|control plane) version/i,
      ),
    },
    { text: /this version of kubeadm only supports deploying clusters with the control plane version/ },
    {
      text: pattern(
        /no kind "[^"]+" is registered for version/,
        /|the(?<!webhook.{0,200}the) server could not find the requested resource(?! ?\( ?(?:get )?pods\/)/,
      ),
      benign: 'a client asked for an API that this version never had',
    },
    { text: notReady },
  ],
  explains: [],
  lab: false,
  spare: ['versions'],
  sources: [
    'https://kubernetes.io/releases/version-skew-policy/',
    'kubernetes/kubernetes#127316',
    'kubernetes-sigs/kubespray#7821',
    'kubermatic/kubermatic#7404',
  ],
  badCures: [
    {
      cure: 'upgrade the kubelets first',
      why: 'a kubelet must never be newer than any API server behind the balancer',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const servers = hostsOf(chart, 'controlPlane').flatMap(host => {
      const version = bare(evidence.read(host.versions)?.['kube-apiserver'] ?? '');
      return version === undefined ? [] : [{ host, version }];
    });
    const [oldest, newest] = [least(servers.map(one => one.version)), most(servers.map(one => one.version))];
    if (oldest === undefined || newest === undefined) {
      evidence.note('cluster', 'version of kube-apiserver', 'no control plane said it');
      return evidence.verdict([]);
    }
    const apart =
      minorOf(newest) - minorOf(oldest) > 1
        ? servers
            .filter(one => one.version === oldest)
            .map(
              ({ host, version }): FoundOf<Facts> => ({
                variant: 'apiservers-apart',
                host: host.name,
                subject: { program: 'kube-apiserver' },
                facts: { program: 'kube-apiserver', version, newest },
              }),
            )
        : [];
    return evidence.verdict([...apart, ...kubelets(chart, oldest, newest, evidence)]);
  },

  therapy(finding, chart) {
    const meant = chart.spec?.kubernetes;
    const { program } = finding.facts;
    const want =
      isOurs(chart) && finding.host !== 'cluster'
        ? restoreAt(chart, finding.host, `/usr/local/bin/${program}`, `/etc/systemd/system/${program}.service`)
        : [];
    if (want.length > 0)
      return {
        title: `Bring ${program} on ${finding.host} to ${meant}, the version of the cluster file`,
        risk: 'restart',
        want,
      };
    return {
      refused: 'an upgrade goes minor by minor, control planes first, and needs its packages',
      advice: [
        'kubeadm upgrade plan, then kubeadm upgrade apply on the first control plane and kubeadm upgrade node on the ' +
          'others',
        'then the packages kubelet and kubectl of the same version on each host, drained, one at a time; ' +
          'apt-mark hold kubelet kubeadm kubectl',
        'a kubelet that is too new: install the older package',
      ],
    };
  },

  verify: finding => [
    {
      host: 'cluster',
      command: 'kubectl get nodes; kubectl version',
      answer: finding.shows[0]?.text ?? '',
      healthy: 'no node newer than any API server, none older than the policy allows',
    },
  ],
});

const ordered = (all: readonly string[]): readonly string[] => [...all].sort((a, b) => minorOf(a) - minorOf(b));
const least = (all: readonly string[]): string | undefined => ordered(all)[0];
const most = (all: readonly string[]): string | undefined => ordered(all).at(-1);

/** What the kubelet said when it registered is what runs; the binary on the disk may be a newer one. */
function kubelets(chart: Chart, oldest: string, newest: string, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  return (asRegistered(chart, evidence) ?? onDisk(chart, evidence)).flatMap(
    ({ name, version, from, ...place }): readonly FoundOf<Facts>[] => {
      const facts = { program: 'kubelet', node: name, version, from } as const;
      if (minorOf(version) > minorOf(oldest))
        return [
          {
            variant: 'kubelet-newer',
            ...place,
            facts: { ...facts, server: oldest },
          },
        ];
      return allowedSkew(newest, version)
        ? []
        : [
            {
              variant: 'kubelet-too-old',
              ...place,
              facts: { ...facts, server: newest },
            },
          ];
    },
  );
}

function kubeletProof({ facts: { node, version, from } }: Found<KubeletApart>): readonly Quote[] {
  return [
    from === 'node'
      ? quotedObject('nodes', node, `kubeletVersion: v${version}`)
      : quoted('versions', 'kubelet --version', version),
  ];
}

interface KubeletVersion {
  readonly host: string;
  readonly subject: { readonly program: string; readonly node?: string };
  readonly from: KubeletApart['from'];
  readonly name: string;
  readonly version: string;
}

const asRegistered = (chart: Chart, evidence: EvidenceReader): readonly KubeletVersion[] | undefined =>
  objectsSeen(evidence, chart, 'nodes')?.flatMap(node => {
    const { name } = node.metadata;
    const version = bare(String(at(node, 'status', 'nodeInfo', 'kubeletVersion') ?? ''));
    if (version === undefined) {
      evidence.note(name, 'version of kubelet', 'the node does not say it');
      return [];
    }
    return [
      {
        name,
        version,
        host: chart.hosts.has(name) ? name : 'cluster',
        subject: { program: 'kubelet', ...(!chart.hosts.has(name) && { node: name }) },
        from: 'node',
      },
    ];
  });

/** With no API to ask, the binaries tell what runs, or will run at the next start. */
const onDisk = (chart: Chart, evidence: EvidenceReader): readonly KubeletVersion[] =>
  nodesOf(chart).flatMap(host => {
    const version = bare(evidence.read(host.versions)?.kubelet ?? '');
    return version === undefined
      ? []
      : [
          {
            name: host.name,
            version,
            host: host.name,
            subject: { program: 'kubelet' },
            from: 'program',
          },
        ];
  });

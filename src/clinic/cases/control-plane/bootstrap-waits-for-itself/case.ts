import { defineCase, type FoundOf, type Check, type Proven } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { controls, nodesOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { kubeletOf, type KubeletSeen } from '../../../read/kubelet.js';
import { containerOf, manifestFolder, staticPods } from '../../../read/manifests.js';
import { day } from '../../../read/shown.js';
import { quote } from '../../../../shell/sh.js';
import { certified, longLived } from './therapy.js';
import { quoted } from '../../../read/quote.js';

type Facts = {
  /**
   * `config`: the kubelet's kubeconfig; `ended`: ISO time at which the certificate in it ended, absent: there is none;
   * `server`: the URL that it asks for one; `manifest`: that of the API server.
   */
  readonly 'static-pods': {
    readonly config: string;
    readonly ended?: string;
    readonly isThere: boolean;
    readonly bootstrap: string;
    readonly server: string;
    readonly manifest: string;
    readonly settings: string;
  };
  /** `joins`: the kubeconfig by which it shall join; no `path`: the flag --runonce says it, else that configuration. */
  readonly 'run-once': {
    readonly joins: string;
    readonly path?: string;
  };
};

export default defineCase<Facts>({
  id: 'bootstrap-waits-for-itself',
  precedence: 170,
  title: 'A kubelet bootstraps from an API server that only it can start',
  founding: 11,
  variants: {
    'static-pods': {
      means:
        'the kubelet asks for its certificate before it starts its static pods, and the API server it asks is one of ' +
        'them',
      says: ({ host, facts: { config, ended, server, manifest } }) =>
        `the kubelet of ${host} has ` +
        `${ended === undefined ? 'no certificate' : `only a certificate that ended on ${day(ended)}`} in ${config} ` +
        `and asks ${server} for one, but that API server is the static pod ${manifest} which this kubelet starts ` +
        'only after it has the certificate',
      shows: ({ facts: { config, ended, isThere, bootstrap, server, manifest, settings } }) => [
        quoted('kubeconfigs', bootstrap, `server: ${server}`),
        quoted(
          'kubeconfigs',
          config,
          ended !== undefined ? `expired on ${day(ended)}` : isThere ? 'holds no client certificate' : 'is not there',
        ),
        quoted('files', manifest, `starts kube-apiserver; rotateCertificates is off in ${settings}`),
      ],
    },
    'run-once': {
      means:
        'the kubelet is told to run its pods once and to exit: nobody stays to fetch the certificate or to restart a ' +
        'pod',
      says: ({ host, facts: { joins, path } }) =>
        `the kubelet of ${host} shall join the cluster by ${joins}, but ` +
        `${path === undefined ? 'its flag --runonce' : `runOnce in ${path}`} makes it exit as soon as its static ` +
        'pods have started',
      shows: ({ facts: { path } }) => [
        path === undefined ? quoted('processes', 'kubelet', '--runonce=true') : quoted('files', path, 'runOnce: true'),
      ],
    },
  },
  about: [{ who: 'kubelet', doing: 'bootstrap', how: 'refused' }],
  told: [['kubelet', 'apiserver', 'waits-for-itself']],
  symptoms: [
    { text: /cannot create certificate signing request: Post .{1,200}connection refused/ },
    { text: /Error waiting for apiserver to come up/ },
    {
      text: /bootstrap\.go:\d+\] Failed to connect to apiserver: Get /,
      benign: 'an API server that is just starting answers in a minute',
    },
    { text: /Started kubelet as runonce/ },
    { text: /6443: connect: connection refused/, benign: 'an API server that is just starting answers in a minute' },
  ],
  explains: [
    'waiting-for-leader-lease',
    'not-highly-available',
    'quorum-lost',
    'kubelet-client-certificate-expired',
    'node-not-ready-cni',
    'kubelet-waiting',
  ],
  lab: true,
  sources: [
    'Founding talk, case 11',
    'kubernetes 1.20 pkg/kubelet/certificate/bootstrap/bootstrap.go and pkg/kubelet/runonce.go',
    'https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/',
  ],
  badCures: [
    { cure: 'a fresh bootstrap token', why: 'there is no API server that could take it: the request never arrives' },
    {
      cure: 'kubeadm reset on the control plane',
      why: 'it deletes the etcd member and all certificates to cure one missing kubeconfig',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(
      nodesOf(chart).flatMap(host => {
        evidence.read(host.processes);
        evidence.read(host.files);
        const kubelet = kubeletOf(host);
        evidence.file(host, kubelet.path);
        return [...runOnce(host, kubelet), ...deadlock(chart, host, kubelet, evidence)];
      }),
    );
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const want = !host ? [] : finding.variant === 'run-once' ? longLived(chart, host) : certified(chart, host);
    if (want.length > 0)
      return {
        title:
          finding.variant === 'run-once'
            ? `Let the kubelet of ${finding.host} stay`
            : `Give the kubelet of ${finding.host} a certificate signed by the cluster’s CA`,
        risk: 'restart',
        want,
      };
    return !isOurs(chart) && finding.variant === 'run-once'
      ? {
          refused: 'the file that sets runonce was not seen as text',
          advice: [
            'take --runonce out of the kubelet’s unit, its drop-ins or its environment file',
            'systemctl daemon-reload && systemctl restart kubelet',
          ],
        }
      : {
          refused:
            'no CA certificate was seen with which the kubelet’s certificate could be signed, or the kubelet has no ' +
            'valid name of its own',
          advice: [
            `kubeadm kubeconfig user --org system:nodes --client-name system:node:${finding.host} > ` +
              '/etc/kubernetes/kubelet.conf',
            'systemctl restart kubelet',
          ],
        };
  },

  verify: finding => [
    {
      host: finding.host,
      command: 'journalctl -u kubelet -n 20 --no-pager',
      answer:
        finding.variant === 'run-once'
          ? 'Started kubelet as runonce'
          : 'cannot create certificate signing request: … connection refused',
      healthy: 'Started kubelet, and no end of it',
    },
    {
      host: finding.host,
      ...read(finding),
      healthy: 'a kubelet.conf beside the manifest of the API server, and no --runonce',
    },
  ],
});

const read = (finding: Proven<Facts>): Pick<Check, 'command' | 'answer'> => {
  const path = finding.variant === 'run-once' ? finding.facts.path : finding.facts.config;
  return path === undefined
    ? {
        command: `ps -o args= -C kubelet | tr ' ' '\\n' | grep -e --runonce; ls -l ${manifestFolder}`,
        answer: `${finding.shows[0]?.text ?? ''}, and manifests in the folder`,
      }
    : {
        command: `ls -l ${quote(path)} ${manifestFolder}`,
        answer: `ls: cannot access '${path}': No such file or directory, and kube-apiserver.yaml in the folder`,
      };
};

const isOn = (value: unknown): boolean => value === true || value === 'true';

const runOnce = (host: HostChart, kubelet: KubeletSeen): readonly FoundOf<Facts>[] => {
  const joins = kubelet.flags?.get('kubeconfig') ?? kubelet.flags?.get('bootstrap-kubeconfig');
  if (!joins || !isOn(kubelet.value('runOnce', 'runonce'))) return [];
  const flag = kubelet.flags?.get('runonce') !== undefined;
  return [
    {
      variant: 'run-once',
      host: host.name,
      subject: flag ? { flag: '--runonce' } : { path: kubelet.path },
      facts: { joins, ...(!flag && { path: kubelet.path }) },
    },
  ];
};

/** With rotation of certificates a kubelet starts its static pods first and bootstraps beside them: no deadlock. */
const deadlock = (
  chart: Chart,
  host: HostChart,
  kubelet: KubeletSeen,
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] => {
  const bootstrap = kubelet.flags?.get('bootstrap-kubeconfig');
  const config = kubelet.flags?.get('kubeconfig');
  const pod = staticPods(host).find(one => containerOf(one, 'kube-apiserver'));
  if (!bootstrap || !config || !pod || isOn(kubelet.value('rotateCertificates', 'rotate-certificates'))) return [];
  const own = evidence.kubeconfig(host, config);
  const asks = evidence.kubeconfig(host, bootstrap);
  // Without the file it is the case kubelet-client-certificate-expired.
  if (own === undefined || !asks?.value) return [];
  const client = own?.client[0];
  if (client && client.notAfter > chart.now && own.keyMatches !== false) return [];
  const server = asks.value.server;
  if (!isItself(chart, host, server, evidence)) return [];
  return [
    {
      variant: 'static-pods',
      host: host.name,
      subject: { path: config },
      explains: ['bootstrap-token-expired/expired'], // no token arrives anywhere
      facts: {
        config,
        ...(client && { ended: client.notAfter }),
        isThere: own !== null,
        bootstrap,
        server,
        manifest: pod.path,
        settings: kubelet.path,
      },
    },
  ];
};

/** Its own address, or one behind which no API server lives at all. Never while one runs here. */
const isItself = (chart: Chart, host: HostChart, server: string, evidence: EvidenceReader): boolean => {
  if (evidence.process(host, 'kube-apiserver') !== null) return false;
  const name = /^https?:\/\/\[?([^\]/]+?)\]?(?::\d+)?(?:\/|$)/.exec(server)?.[1] ?? server;
  return (
    [host.address, host.name, 'localhost', '127.0.0.1', '::1'].includes(name) ||
    nodesOf(chart)
      .filter(controls)
      .every(other => evidence.process(other, 'kube-apiserver') === null)
  );
};

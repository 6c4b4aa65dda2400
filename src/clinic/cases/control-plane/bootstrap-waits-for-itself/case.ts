import { defineCase } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { type Eyes, openEyes } from '../../../read/eyes.js';
import { controls, layout, nodesOf } from '../../../read/hosts.js';
import { kubeletOf, type KubeletSeen } from '../../../read/kubelet.js';
import { containerOf, manifestFolder, staticPods } from '../../../read/manifests.js';
import { day, shown } from '../../../read/shown.js';
import type { Finding } from '../../../examine/verdict.js';
import { certified, longLived } from './therapy.js';

export default defineCase({
  id: 'bootstrap-waits-for-itself',
  precedence: 170,
  title: 'A kubelet bootstraps from an API server that only it can start',
  founding: 11,
  variants: {
    'static-pods':
      'the kubelet asks for its certificate before it starts its static pods, and the API server it asks is one of them',
    'run-once':
      'the kubelet is told to run its pods once and to exit: nobody stays to fetch the certificate or to restart a pod',
  },
  symptoms: [
    { text: /cannot create certificate signing request: Post .{1,200}connection refused/ },
    { text: /Error waiting for apiserver to come up/ },
    {
      text: /bootstrap\.go:\d+\] Failed to connect to apiserver: Get /,
      benign: 'an API server that is just starting answers in a minute',
    },
    { text: /failed to run Kubelet: .{0,80}certificate signing request/ },
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
    const eyes = openEyes();
    return eyes.verdict(
      nodesOf(chart).flatMap(host => {
        eyes.see(host.processes);
        eyes.see(host.files);
        const kubelet = kubeletOf(host);
        eyes.file(host, kubelet.path);
        return [...runOnce(host, kubelet), ...deadlock(chart, host, kubelet, eyes)];
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
    return layout(chart) === 'kubeadm' && finding.variant === 'run-once'
      ? {
          refused: 'the file that sets runonce was not seen as text',
          advice: [
            'take --runonce out of the kubelet’s unit, its drop-ins or its environment file',
            'systemctl daemon-reload && systemctl restart kubelet',
          ],
        }
      : {
          refused: 'no CA certificate was seen with which the kubelet’s certificate could be signed',
          advice: [
            `kubeadm kubeconfig user --org system:nodes --client-name system:node:${finding.host} > /etc/kubernetes/kubelet.conf`,
            'systemctl restart kubelet',
          ],
        };
  },

  teach: finding => [
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
      command: finding.subject.startsWith('/')
        ? `ls -l ${finding.subject} ${manifestFolder}`
        : `ps -o args= -C kubelet | tr ' ' '\\n' | grep -e ${finding.subject}; ls -l ${manifestFolder}`,
      answer: finding.subject.startsWith('/')
        ? `ls: cannot access '${finding.subject}': No such file or directory, and kube-apiserver.yaml in the folder`
        : `${finding.shows[0]?.text ?? ''}, and manifests in the folder`,
      healthy: 'a kubelet.conf beside the manifest of the API server, and no --runonce',
    },
  ],
});

const isOn = (value: unknown): boolean => value === true || value === 'true';

const runOnce = (host: HostChart, kubelet: KubeletSeen): readonly Finding[] => {
  const joins = kubelet.flags?.get('kubeconfig') ?? kubelet.flags?.get('bootstrap-kubeconfig');
  if (!joins || !isOn(kubelet.value('runOnce', 'runonce'))) return [];
  const flag = kubelet.flags?.get('runonce') !== undefined;
  return [
    {
      variant: 'run-once',
      host: host.name,
      subject: flag ? '--runonce' : kubelet.path,
      says: `the kubelet of ${host.name} shall join the cluster by ${joins}, but ${flag ? 'its flag --runonce' : `runOnce in ${kubelet.path}`} makes it exit as soon as its static pods have started`,
      shows: [
        shown(
          flag ? host.processes : host.files,
          flag ? 'kubelet' : kubelet.path,
          flag ? '--runonce=true' : 'runOnce: true',
        ),
      ],
    },
  ];
};

/** With rotation of certificates a kubelet starts its static pods first and bootstraps beside them: no deadlock. */
const deadlock = (chart: Chart, host: HostChart, kubelet: KubeletSeen, eyes: Eyes): readonly Finding[] => {
  const bootstrap = kubelet.flags?.get('bootstrap-kubeconfig');
  const config = kubelet.flags?.get('kubeconfig');
  const pod = staticPods(host).find(one => containerOf(one, 'kube-apiserver'));
  if (!bootstrap || !config || !pod || isOn(kubelet.value('rotateCertificates', 'rotate-certificates'))) return [];
  const own = eyes.kubeconfig(host, config);
  const asks = eyes.kubeconfig(host, bootstrap);
  if (own === undefined || !asks?.value) return []; // without the file it is the case kubelet-client-certificate-expired
  const client = own?.client[0];
  if (client && client.notAfter > chart.now && own.keyMatches !== false) return [];
  const server = asks.value.server;
  if (!isItself(chart, host, server, eyes)) return [];
  return [
    {
      variant: 'static-pods',
      host: host.name,
      subject: config,
      explains: ['bootstrap-token-expired/expired'], // no token arrives anywhere
      says: `the kubelet of ${host.name} has ${client ? `only a certificate that ended on ${day(client.notAfter)}` : 'no certificate'} in ${config} and asks ${server} for one, but that API server is the static pod ${pod.path} which this kubelet starts only after it has the certificate`,
      shows: [
        shown(host.kubeconfigs, bootstrap, `server: ${server}`),
        shown(
          host.kubeconfigs,
          config,
          client ? `expired on ${day(client.notAfter)}` : own ? 'holds no client certificate' : 'is not there',
        ),
        shown(host.files, pod.path, `starts kube-apiserver; rotateCertificates is off in ${kubelet.path}`),
      ],
    },
  ];
};

/** Its own address, or one behind which no API server lives at all. Never while one runs here. */
const isItself = (chart: Chart, host: HostChart, server: string, eyes: Eyes): boolean => {
  if (eyes.process(host, 'kube-apiserver') !== null) return false;
  const name = /^https?:\/\/\[?([^\]/]+?)\]?(?::\d+)?(?:\/|$)/.exec(server)?.[1] ?? server;
  return (
    [host.address, host.name, 'localhost', '127.0.0.1', '::1'].includes(name) ||
    nodesOf(chart)
      .filter(controls)
      .every(other => eyes.process(other, 'kube-apiserver') === null)
  );
};

import type { Certificate } from '../../../../pki/certificate.js';
import { defineCase } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { openEyes, type Eyes } from '../../../read/eyes.js';
import { securePort } from '../../../read/flags.js';
import { callersOf, desk } from '../../../read/hosts.js';
import { certificatesInUse, kubeconfigsInUse } from '../../../read/in-use.js';
import { certificateText, day, shown } from '../../../read/shown.js';
import { reissue } from '../../../therapies/reissue.js';
import { restartOf } from '../../../therapies/restart.js';
import { apiRefused, expired, unauthorized } from '../../../symptoms.js';
import type { Finding } from '../../../examine/verdict.js';
import { endText, leafAt, openssl } from '../../../read/commands.js';

export default defineCase({
  id: 'leaf-certificate-expired',
  precedence: 130,
  title: 'A certificate in use has expired',
  variants: {
    file: 'a certificate file that a component uses has expired',
    kubeconfig: 'the client certificate in a kubeconfig has expired',
    'not-reloaded': 'the file was renewed, but the process still serves the expired certificate',
  },
  symptoms: [
    { text: /tls: (expired certificate|bad certificate)/ },
    { text: expired },
    { text: apiRefused },
    { text: unauthorized },
  ],
  explains: ['waiting-for-leader-lease', 'not-highly-available'],
  lab: true,
  sources: ['kubernetes/website#42944', 'https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/'],
  badCures: [
    {
      cure: 'kubeadm certs renew all, and nothing else',
      why: 'processes go on serving what they have read: the static pods must be restarted too, and kubelet.conf is not renewed by it',
    },
  ],

  diagnose(chart) {
    const eyes = openEyes();
    return eyes.verdict(
      callersOf(chart).flatMap(host => [
        ...(host.name === desk ? shownTo(chart, host) : files(chart, host, eyes)),
        ...kubeconfigs(chart, host, eyes),
      ]),
    );
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const want = !host
      ? []
      : finding.variant === 'not-reloaded'
        ? restartOf(host, [finding.subject], 'the renewed certificate is read')
        : reissue(chart, host, finding.subject, 'it has expired');
    if (want.length > 0)
      return { title: `Sign ${finding.subject} again and restart who reads it`, risk: 'restart', want };
    return {
      refused: `nothing is known from which ${finding.subject} could be signed again`,
      advice: ['kubeadm certs renew all', 'restart the static pods: their processes keep the old certificate'],
    };
  },

  teach: (finding, chart) => {
    const leaf = leafAt(chart, finding.host, finding.subject);
    const file = {
      host: finding.host,
      command: openssl(finding.subject, '-enddate -subject'),
      answer: leaf ? endText(leaf) : (finding.shows[0]?.text ?? ''),
      healthy: 'notAfter lies in the future',
    };
    const port = /^port (\d+)$/.exec(finding.shows[0]?.source ?? '')?.[1];
    return port === undefined
      ? [file]
      : [
          { ...file, healthy: 'the same date as that of the port' },
          {
            host: finding.host,
            command: `openssl s_client -connect 127.0.0.1:${port} </dev/null 2>/dev/null | openssl x509 -noout -enddate -subject`,
            answer: finding.shows[0]?.text ?? '',
            healthy: 'the same date as that of the file',
          },
        ];
  },
});

const ended = (one: Certificate | undefined, chart: Chart): boolean => one !== undefined && one.notAfter < chart.now;

function files(chart: Chart, host: HostChart, eyes: Eyes): readonly Finding[] {
  eyes.see(host.processes);
  eyes.see(host.files); // the kubelet's certificate is named there
  return certificatesInUse(host).flatMap((use): readonly Finding[] => {
    if (!('key' in use)) return [];
    const leaf = eyes.certificate(host, use.path)?.certificates[0];
    if (!leaf) return []; // absent or unreadable: the case pem-unreadable says so
    const at = { host: host.name, subject: use.path };
    if (ended(leaf, chart))
      return [
        {
          variant: 'file',
          ...at,
          says: `${use.path} of ${use.program} on ${host.name} expired on ${day(leaf.notAfter)}; it is ${day(chart.now)}`,
          shows: [shown(host.certificates, use.path, certificateText(leaf))],
        },
      ];
    const port = use.as === 'serving' ? portOf(host, use.program) : undefined;
    const served = port === undefined ? undefined : eyes.served(host, port)?.chain[0];
    return served && ended(served, chart)
      ? [
          {
            variant: 'not-reloaded',
            ...at,
            says: `${use.program} on ${host.name} still serves a certificate that expired on ${day(served.notAfter)}, though ${use.path} is valid until ${day(leaf.notAfter)}`,
            shows: [
              shown(host.served, `port ${port}`, certificateText(served)),
              shown(host.certificates, use.path, certificateText(leaf)),
            ],
          },
        ]
      : [];
  });
}

/** From the desk only the port is seen, not the file behind it. */
const shownTo = (chart: Chart, host: HostChart): readonly Finding[] =>
  ('value' in host.served ? host.served.value : []).flatMap(({ address, port, chain: [leaf] }) =>
    leaf && ended(leaf, chart)
      ? [
          {
            variant: 'file',
            host: host.name,
            subject: `${address}:${port}`,
            says: `${address}:${port} serves a certificate that expired on ${day(leaf.notAfter)}; it is ${day(chart.now)}`,
            shows: [shown(host.served, `port ${port}`, certificateText(leaf))],
          },
        ]
      : [],
  );

const portOf = (host: HostChart, program: string): number | undefined =>
  ({ 'kube-apiserver': securePort(host), kubelet: 10250, etcd: 2379 })[program];

/** The kubelet's own client certificate is the case kubelet-client-certificate-expired. */
const kubeconfigs = (chart: Chart, host: HostChart, eyes: Eyes): readonly Finding[] =>
  [
    ...new Set(
      kubeconfigsInUse(host)
        .filter(use => use.program !== 'kubelet')
        .map(use => use.path),
    ),
  ].flatMap((path): readonly Finding[] => {
    const leaf = eyes.kubeconfig(host, path)?.client[0];
    return leaf && ended(leaf, chart)
      ? [
          {
            variant: 'kubeconfig',
            host: host.name,
            subject: path,
            says: `the client certificate in ${path} on ${host.name} (${leaf.commonName}) expired on ${day(leaf.notAfter)}; it is ${day(chart.now)}`,
            shows: [shown(host.kubeconfigs, path, certificateText(leaf))],
          },
        ]
      : [];
  });

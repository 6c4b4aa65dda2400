import { servingPort } from '../../../../model/components.js';
import { absolutePath } from '../../../../model/path.js';
import type { Certificate } from '../../../../pki/certificate.js';
import { quote, sh } from '../../../../shell/sh.js';
import { defineCase, type Check } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { allEnded, reviveFirst } from '../../../read/all-ended.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { securePort } from '../../../read/flags.js';
import { callersOf, controlMachine } from '../../../read/hosts.js';
import { certificatesInUse, kubeconfigsInUse } from '../../../read/in-use.js';
import { certificateText, day } from '../../../read/shown.js';
import { reissue } from '../../../therapies/reissue.js';
import { notYetValid, readBefore } from './not-yet.js';
import { told } from './told.js';
import { restartOf } from '../../../therapies/restart.js';
import { apiRefused, expired, unauthorized } from '../../../symptoms.js';
import { endText, leafAt, openssl } from '../../../read/commands.js';
import { quoted } from '../../../read/quote.js';
import type { Facts, Finding } from './facts.js';

export default defineCase<Facts>({
  id: 'leaf-certificate-expired',
  precedence: 130,
  title: 'A certificate in use has expired, or is not valid yet',
  variants: {
    file: {
      means: 'a certificate file that a component uses has expired',
      says: ({ host, facts }) =>
        ('path' in facts
          ? `${facts.path} of ${facts.program} on ${host}`
          : `${facts.address}:${facts.port} serves a certificate that`) +
        ` expired on ${day(facts.expiredAt)}; it is ${day(facts.now)}`,
      shows: ({ facts }) => [
        'path' in facts
          ? quoted('certificates', facts.path, certificateText(facts.leaf))
          : quoted('served', `port ${facts.port}`, certificateText(facts.leaf)),
      ],
    },
    kubeconfig: {
      means: 'the client certificate in a kubeconfig has expired',
      says: ({ host, facts }) =>
        `the client certificate in ${facts.path} on ${host} (${facts.user}) expired on ` +
        `${day(facts.expiredAt)}; it is ${day(facts.now)}`,
      shows: ({ facts }) => [quoted('kubeconfigs', facts.path, certificateText(facts.leaf))],
    },
    'not-reloaded': {
      means: 'the file was renewed, but the process still serves the expired certificate',
      says: ({ host, facts }) =>
        `${facts.program} on ${host} still serves a certificate that expired on ${day(facts.expiredAt)}, ` +
        `though ${facts.path} is valid until ${day(facts.renewedUntil)}`,
      shows: ({ facts }) => [
        quoted('served', `port ${facts.port}`, certificateText(facts.served)),
        quoted('certificates', facts.path, certificateText(facts.leaf)),
      ],
    },
    'not-yet-valid': {
      means: 'a certificate in use is valid only from a later time on',
      says: ({ host, facts: { path, whose, validFrom, now } }) =>
        `the certificate in ${path} of ${whose} on ${host} is valid from ${validFrom} on, and it is ${now}`,
      shows: ({ facts: { path, from, leaf, validFrom } }) => [
        quoted(from, path, `${certificateText(leaf)}, valid from ${validFrom}`),
      ],
    },
    'client-not-reloaded': {
      means: 'the client certificate was renewed, but the process still shows the one that it read at its start',
      says: ({ host, facts: { path, program, startedAt, changedAt, line } }) =>
        `${program} on ${host} has run since ${startedAt}, before ${path} was renewed at ${changedAt}, and it is ` +
        `refused: ${line}`,
      shows: ({ facts: { path, program, startedAt, changedAt, line } }) => [
        quoted('processes', program, `started ${startedAt}`),
        quoted('kubeconfigs', path, `changed ${changedAt}`),
        quoted('logs', `log of ${program}`, line),
      ],
    },
  },
  about: [{ how: 'expired' }, { how: 'not-yet-valid' }],
  told,
  symptoms: [
    { text: /tls: (expired certificate|bad certificate)/ },
    { text: /(?:check-expiration|RESIDUAL TIME)\b.{0,2000}<invalid>/ },
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
      why:
        'processes go on serving what they have read: the static pods must be restarted too, and kubelet.conf ' +
        'is not renewed by it',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(
      callersOf(chart).flatMap(host => [
        ...(host.name === controlMachine ? shownTo(chart, host) : files(chart, host, evidence)),
        ...kubeconfigs(chart, host, evidence),
        ...(host.name === controlMachine
          ? []
          : [...notYetValid(chart, host, evidence), ...readBefore(chart, host, evidence)]),
      ]),
    );
  },

  therapy(finding, chart) {
    if (allEnded(chart)) return reviveFirst;
    const host = chart.hosts.get(finding.host);
    const path = pathOf(finding);
    const want =
      !host || path === undefined || absolutePath(path) === undefined
        ? []
        : finding.variant === 'not-reloaded' || finding.variant === 'client-not-reloaded'
          ? restartOf(host, [path], 'the renewed certificate is read')
          : reissue(chart, host, path, 'its time is over, or has not come');
    if (want.length > 0) return { title: `Sign ${path} again and restart who reads it`, risk: 'restart', want };
    return {
      refused: `nothing is known from which ${path ?? 'the certificate'} could be signed again`,
      advice: ['kubeadm certs renew all', 'restart the static pods: their processes keep the old certificate'],
    };
  },

  verify(finding, chart) {
    const answer = finding.shows[0]?.text ?? '';
    const path = pathOf(finding);
    const leaf = path === undefined ? undefined : leafAt(chart, finding.host, path);
    const file = {
      host: finding.host,
      command: openssl(path ?? '', '-enddate -subject'),
      answer: leaf ? endText(leaf) : answer,
      healthy: 'notAfter lies in the future',
    };
    const port = (address: string): Check => ({
      host: finding.host,
      command:
        `openssl s_client -connect ${quote(address)} </dev/null 2>/dev/null | openssl x509 -noout -enddate ` +
        '-subject',
      answer,
      healthy: 'the same date as that of the file',
    });
    if (finding.variant === 'client-not-reloaded') {
      const { program, line } = finding.facts;
      return [
        {
          ...file,
          command: sh`ps -o lstart= -C ${program}; stat -c %y ${path ?? ''}`,
          answer: line,
          healthy: 'the process is younger than the file',
        },
      ];
    }
    if (finding.variant === 'not-yet-valid')
      return [
        { ...file, command: openssl(path ?? '', '-startdate -subject'), answer, healthy: 'notBefore lies in the past' },
      ];
    if (finding.variant === 'not-reloaded')
      return [{ ...file, healthy: 'the same date as that of the port' }, port(`127.0.0.1:${finding.facts.port}`)];
    return 'address' in finding.facts ? [port(`${finding.facts.address}:${finding.facts.port}`)] : [file];
  },
});

const pathOf = ({ facts }: Finding): string | undefined => ('path' in facts ? facts.path : undefined);

const ended = (one: Certificate | undefined, chart: Chart): boolean => one !== undefined && one.notAfter < chart.now;

function files(chart: Chart, host: HostChart, evidence: EvidenceReader): readonly Finding[] {
  evidence.read(host.processes);
  evidence.read(host.files); // the kubelet's certificate is named there
  return certificatesInUse(host).flatMap((use): readonly Finding[] => {
    if (!('key' in use)) return [];
    const leaf = evidence.certificate(host, use.path)?.certificates[0];
    if (!leaf) return []; // absent or unreadable: the case pem-unreadable says so
    const at = { host: host.name, subject: { path: use.path } };
    const { path, program } = use;
    if (ended(leaf, chart))
      return [
        {
          variant: 'file',
          ...at,
          facts: { path, program, expiredAt: leaf.notAfter, now: chart.now, leaf },
        },
      ];
    const port = use.as === 'serving' ? portOf(host, use.program) : undefined;
    const served = port === undefined ? undefined : evidence.served(host, port)?.chain[0];
    return port !== undefined && served && ended(served, chart)
      ? [
          {
            variant: 'not-reloaded',
            ...at,
            facts: {
              path,
              program,
              port,
              expiredAt: served.notAfter,
              renewedUntil: leaf.notAfter,
              served,
              leaf,
            },
          },
        ]
      : [];
  });
}

/** From the control machine only the port is seen, not the file behind it. */
const shownTo = (chart: Chart, host: HostChart): readonly Finding[] =>
  ('value' in host.served ? host.served.value : []).flatMap(({ address, port, chain: [leaf] }) =>
    leaf && ended(leaf, chart)
      ? [
          {
            variant: 'file',
            host: host.name,
            subject: { address: `${address}:${port}` },
            facts: { address, port, expiredAt: leaf.notAfter, now: chart.now, leaf },
          },
        ]
      : [],
  );

const portOf = (host: HostChart, program: string): number | undefined =>
  program === 'kube-apiserver' ? securePort(host) : servingPort(program);

/** The kubelet's own client certificate is the case kubelet-client-certificate-expired. */
const kubeconfigs = (chart: Chart, host: HostChart, evidence: EvidenceReader): readonly Finding[] =>
  [
    ...new Set(
      kubeconfigsInUse(host)
        .filter(use => use.program !== 'kubelet')
        .map(use => use.path),
    ),
  ].flatMap((path): readonly Finding[] => {
    const leaf = evidence.kubeconfig(host, path)?.client[0];
    return leaf && ended(leaf, chart)
      ? [
          {
            variant: 'kubeconfig',
            host: host.name,
            subject: { path },
            facts: { path, user: leaf.commonName, expiredAt: leaf.notAfter, now: chart.now, leaf },
          },
        ]
      : [];
  });

import { sh } from '../../../../shell/sh.js';
import { defineCase, type Check } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { covers } from '../../../read/trust.js';
import { reissue } from '../../../therapies/reissue.js';
import type { CertificateWant } from '../../../../resources/wants.js';
import { type Use, uses } from './uses.js';
import { type Facts, type Finding, placeOf, variants } from './variants.js';

export default defineCase<Facts>({
  id: 'name-missing-in-certificate',
  precedence: 30,
  title: 'A serving certificate lacks a name or address that clients use',
  founding: 3,
  variants,
  about: [{ how: 'name-missing' }],
  told: [['certificate', 'other-name']],
  symptoms: [
    { text: /x509: certificate is valid for [^"]*, not \S+/ },
    { text: /x509: cannot validate certificate for \S+ because it doesn't contain any IP SANs/ },
    { text: /x509: certificate (is not valid for any names, but wanted to match|relies on legacy Common Name field)/ },
    { text: /no alternative certificate subject name matches target host name/ },
  ],
  explains: ['waiting-for-leader-lease', 'not-highly-available', 'node-not-ready-cni', 'master-endpoints-reset'],
  lab: true,
  spare: ['files'],
  sources: [
    'kubernetes/kubeadm#1447',
    'kubernetes/kubernetes#86552',
    'https://kubernetes.io/docs/setup/best-practices/certificates/',
  ],
  badCures: [
    {
      cure: 'insecure-skip-tls-verify: true, or tls-server-name with a name that happens to be there',
      why:
        'the first believes whoever answers; the second must be written into every client, and is lost with the ' +
        'next one',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    for (const host of hostsOf(chart))
      for (const section of [host.processes, host.files, host.kubeconfigs, host.served, host.certificates])
        evidence.read<unknown>(section);
    return evidence.verdict(uses(chart).reduce(joined, []));
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const { path, missing } = finding.facts;
    const names = [...new Set([...missing, ...(host ? ownNames(host, finding.variant) : [])])];
    const want =
      host && path !== undefined && names.every(isName)
        ? reissue(chart, host, path, `clients call it ${names.join(', ')}`, names)
        : [];
    if (want.length === 0)
      return {
        refused: `nothing is known from which ${placeOf(finding.facts)} could be signed again`,
        advice: [
          `sign it with all of ${names.join(', ')} besides the names that it has`,
          'kubeadm: add them to apiServer.certSANs in kubeadm-config, remove apiserver.crt and .key, kubeadm ' +
            'init phase certs apiserver --config …',
        ],
      };
    const asked = want.map(one =>
      one.kind === 'certificate' && one.key === path
        ? { ...one, want: withNames(one.want as CertificateWant, names) }
        : one,
    );
    return {
      title: `Sign ${path} on ${finding.host} again, with ${names.join(', ')}`,
      risk: 'restart',
      want: asked,
    };
  },

  verify(finding) {
    const { host, facts } = finding;
    const port: Check = {
      host,
      command:
        `openssl s_client -connect 127.0.0.1:${facts.port} </dev/null 2>/dev/null | openssl x509 -noout -ext ` +
        'subjectAltName',
      answer: 'what the port serves, which may be older than the file',
      healthy: 'the same list as the file’s',
    };
    return facts.path === undefined
      ? [port]
      : [
          {
            host,
            command: sh`openssl x509 -noout -ext subjectAltName -in ${facts.path}`,
            answer: finding.shows[0]?.text ?? '',
            healthy: `a list with ${facts.missing.join(', ')}`,
          },
          port,
        ];
  },
});

/** Whoever signs again signs with all names: of those that nobody dials today, the next client dials one. */
const ownNames = (host: HostChart, variant: Finding['variant']): readonly string[] => {
  const flags = flagsOf(host, variant === 'etcd' ? 'etcd' : 'kube-apiserver').inForce;
  const told =
    variant === 'etcd'
      ? ['listen-client-urls', 'advertise-client-urls'].flatMap(flag =>
          [...(flags?.get(flag) ?? '').matchAll(/https:\/\/([\d.]+):/g)].map(found => found[1] ?? ''),
        )
      : [flags?.get('advertise-address') ?? '', '127.0.0.1'];
  return told.filter(address => address !== '' && address !== '0.0.0.0');
};

/** A DNS name, perhaps with a wildcard, or an address. */
const isName = (name: string): boolean => /^[\w*:][\w.:*-]*$/.test(name);

const withNames = (want: CertificateWant, names: readonly string[]): CertificateWant => ({
  ...want,
  request: { ...want.request, sans: [...new Set([...want.request.sans, ...names])] },
});

/** One finding per certificate and kind of client, with all names that it lacks. */
function joined(findings: readonly Finding[], use: Use): readonly Finding[] {
  const { variant, server, leaf, name } = use;
  if (covers(leaf, name)) return findings;
  const place = placeOf(use);
  const same = findings.find(
    one => one.variant === variant && one.host === server.name && placeOf(one.facts) === place,
  );
  if (same?.facts.missing.includes(name)) return findings;
  return [...findings.filter(one => one !== same), lacking(use, same)];
}

const lacking = ({ variant, server, path, port, leaf, name, by }: Use, before: Finding | undefined): Finding => {
  const names = [...leaf.names, ...leaf.ips];
  const missing = [...(before?.facts.missing ?? []), name];
  return {
    variant,
    host: server.name,
    subject: path === undefined ? { port: `port ${port}` } : { path },
    facts: {
      ...(path !== undefined && { path }),
      port,
      client: before?.facts.client ?? by,
      dialled: before?.facts.dialled ?? name,
      names,
      missing,
      leaf,
    },
  };
};

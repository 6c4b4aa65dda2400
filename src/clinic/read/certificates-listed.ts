/**
 * Every certificate that is in use: in which file, who signed it, who reads it, when it ends, and whether it is loaded.
 */
import { type Renewer, renewerOf } from '../../blueprint/access/renewed-by.js';
import { components } from '../../model/components.js';
import type { Certificate } from '../../pki/certificate.js';
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import type { CertificateSeen, KubeconfigSeen } from '../chart/seen.js';
import type { Missing } from '../examine/verdict.js';
import { type EvidenceReader, readEvidence } from './evidence-reader.js';
import { securePort } from './flags.js';
import { callersOf } from './hosts.js';
import { certificatesInUse, kubeconfigsInUse, type Use } from './in-use.js';
import { startedBefore } from './since.js';
import { isOurs } from './supervision.js';

export interface ListedCertificate {
  readonly host: string;
  readonly path: string;
  readonly subject: string;
  readonly signer: string;
  readonly isCa: boolean;
  /** `kube-apiserver (serving)`. */
  readonly readBy: readonly string[];
  /** ISO 8601. */
  readonly endsAt: string;
  /** Whole days from now; negative: it has ended. */
  readonly days: number;
  /**
   * `older`: a process has another one in memory than lies on the disk. `current`: a handshake, or the start of the
   * process, says that it has this one. Absent: nobody can tell.
   */
  readonly loaded?: 'current' | 'older';
  /** Absent: a CA's, or of a cluster whose builder is another. */
  readonly renewedBy?: Renewer;
  readonly fingerprint: string;
}

export interface CertificateList {
  readonly now: string;
  /** What ends first is first. */
  readonly certificates: readonly ListedCertificate[];
  readonly missing: readonly Missing[];
}

export const certificatesListed = (chart: Chart): CertificateList => {
  const reader = readEvidence();
  const all = callersOf(chart).flatMap(host => [
    ...ofFiles(chart, host, reader),
    ...ofKubeconfigs(chart, host, reader),
  ]);
  return {
    now: chart.now,
    certificates: [...all].sort((a, b) => (a.endsAt < b.endsAt ? -1 : a.endsAt > b.endsAt ? 1 : 0)),
    missing: reader.missing,
  };
};

const ofFiles = (chart: Chart, host: HostChart, reader: EvidenceReader): readonly ListedCertificate[] => {
  const seen = reader.read(host.certificates) ?? [];
  // Without its processes nobody knows what a host uses.
  reader.read(host.processes);
  const uses = certificatesInUse(host);
  return seen.flatMap(file => {
    const readers = uses.filter(one => one.path === file.path);
    const served = servedBy(host, file.certificates[0]);
    if (readers.length === 0 && served.length === 0) return [];
    const loaded = readers.length === 0 ? 'current' : loadedOf(host, readers, file);
    const readBy = [...new Set([...readers.map(readerText), ...(readers.length === 0 ? served : [])])];
    // Of a chain the leaf alone is what ends; of a bundle of CAs each of them.
    const each = file.certificates.filter((one, index) => index === 0 || one.isCa);
    return each.map(one => ({ ...listed(chart, host, file.path, one), readBy, ...(loaded && { loaded }) }));
  });
};

const readerText = ({ program, as }: Use): string => `${program} (${as.replace('trusts-', 'trusts ')})`;

const listed = (chart: Chart, { name, roles }: HostChart, path: string, one: Certificate) => {
  const renewedBy = isOurs(chart) && !one.isCa ? renewerOf(roles, path) : undefined;
  return {
    host: name,
    path,
    subject: one.subject,
    signer: one.issuer,
    isCa: one.isCa,
    endsAt: one.notAfter,
    days: Math.floor((Date.parse(one.notAfter) - Date.parse(chart.now)) / 86_400_000),
    ...(renewedBy && { renewedBy }),
    fingerprint: one.fingerprint,
  };
};

/** Ports at which a handshake showed this very certificate. */
const servedBy = (host: HostChart, leaf: Certificate | undefined): readonly string[] =>
  'value' in host.served && leaf
    ? [
        ...new Set(
          host.served.value.filter(one => one.chain[0]?.fingerprint === leaf.fingerprint).map(one => one.port),
        ),
      ].map(port => `${programAt(host, port)} (port ${port})`)
    : [];

const portOf = (host: HostChart, { program, as }: Use): number | undefined => {
  if (program === 'kube-apiserver') return securePort(host);
  const use = as === 'peer' ? 'peer' : program === 'etcd' ? 'client' : 'secure';
  return components.find(one => one.program === program)?.ports.find(one => one.use === use)?.port;
};

const programAt = (host: HostChart, port: number): string =>
  ('value' in host.listening ? host.listening.value.find(one => one.port === port)?.process : undefined) ||
  components.find(one => one.ports.some(each => each.port === port))?.program ||
  'a program';

/**
 * A handshake with the reader's own port is the proof (behind another, a load balancer may show a neighbour's). Of what
 * is only trusted, etcd alone never reads it again (etcd#11555).
 */
const loadedOf = (host: HostChart, readers: readonly Use[], file: CertificateSeen): ListedCertificate['loaded'] => {
  const shows = readers.find(one => one.as === 'serving' || one.as === 'peer');
  if (shows) {
    const port = portOf(host, shows);
    const shown = 'value' in host.served ? host.served.value.filter(one => one.port === port) : [];
    const leaves = shown.flatMap(one => one.chain[0]?.fingerprint ?? []);
    if (leaves.length === 0) return undefined;
    return leaves.every(one => one === file.certificates[0]?.fingerprint) ? 'current' : 'older';
  }
  const once = readers.find(one => one.program === 'etcd' && one.as === 'trusts-clients');
  return once && startedSince(host, once.program, file.changedAt);
};

const startedSince = (host: HostChart, program: string, changedAt: string): ListedCertificate['loaded'] => {
  const process = 'value' in host.processes ? host.processes.value.find(one => one.program === program) : undefined;
  return process && (startedBefore(process, changedAt) ? 'older' : 'current');
};

const ofKubeconfigs = (chart: Chart, host: HostChart, reader: EvidenceReader): readonly ListedCertificate[] => {
  const seen = reader.read(host.kubeconfigs) ?? [];
  const uses = kubeconfigsInUse(host);
  return seen.flatMap(file => {
    const readers = [...new Set(uses.filter(one => one.path === file.path).map(one => one.program))];
    const [leaf] = file.client;
    if (readers.length === 0 || !leaf) return [];
    const loaded = embeddedIn(host, file, readers);
    return [
      {
        ...listed(chart, host, file.value?.certPath ?? file.path, leaf),
        readBy: readers.map(one => `${one} (${file.value?.certPath ? `by ${file.path}` : 'kubeconfig'})`),
        ...(loaded && { loaded }),
      },
    ];
  });
};

/** What is embedded in a kubeconfig is read once, at the start; people's kubectl reads it each time. */
const embeddedIn = (
  host: HostChart,
  { value, changedAt }: KubeconfigSeen,
  readers: readonly string[],
): ListedCertificate['loaded'] => {
  if (value?.certPath !== undefined) return undefined;
  const states = readers.filter(one => one !== 'kubectl').map(one => startedSince(host, one, changedAt));
  return states.includes('older') ? 'older' : states.includes('current') ? 'current' : undefined;
};

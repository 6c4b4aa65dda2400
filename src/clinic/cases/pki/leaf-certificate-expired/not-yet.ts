/** Certificates that begin in the future, and those that a process read before somebody renewed their file. */
import type { Certificate } from '../../../../pki/certificate.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import type { Found } from '../../../examine/verdict.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { certificatesInUse, kubeconfigsInUse } from '../../../read/in-use.js';
import { startedBefore, timeOfLine } from '../../../read/since.js';

/** Times are ISO 8601; `whose`: a program, or the user that a kubeconfig is for. */
export interface NotYet {
  readonly path: string;
  readonly whose: string;
  readonly validFrom: string;
  readonly now: string;
  readonly from: 'certificates' | 'kubeconfigs';
  readonly leaf: Certificate;
}

/** `line`: of the log of the program, which is refused since. */
export interface InMemory {
  readonly path: string;
  readonly program: string;
  readonly startedAt: string;
  readonly changedAt: string;
  readonly line: string;
}

/** Clocks of hosts and of the control machine differ: less than this is no illness of a certificate. */
const graceMs = 60_000;

export const notYetValid = (
  chart: Chart,
  host: HostChart,
  evidence: EvidenceReader,
): readonly Found<NotYet, 'not-yet-valid'>[] => {
  const found = (
    path: string,
    whose: string,
    leaf: Certificate | undefined,
    from: NotYet['from'],
  ): readonly Found<NotYet, 'not-yet-valid'>[] =>
    leaf && Date.parse(leaf.notBefore) > Date.parse(chart.now) + graceMs
      ? [
          {
            variant: 'not-yet-valid',
            host: host.name,
            subject: { path },
            facts: { path, whose, validFrom: leaf.notBefore, now: chart.now, from, leaf },
          },
        ]
      : [];
  const files = new Map(certificatesInUse(host).map(use => [use.path, use.program]));
  const kubeconfigs = new Map(kubeconfigsInUse(host).map(use => [use.path, use.program]));
  return [
    ...[...files].flatMap(([path, program]) =>
      (evidence.certificate(host, path)?.certificates ?? []).flatMap(one => found(path, program, one, 'certificates')),
    ),
    ...[...kubeconfigs].flatMap(([path, program]) =>
      (evidence.kubeconfig(host, path)?.client ?? [])
        .slice(0, 1)
        .flatMap(one => found(path, program, one, 'kubeconfigs')),
    ),
  ];
};

const refused = /\bUnauthorized\b|certificate has expired|x509: |tls: (?:expired|bad) certificate/;

/** Programs that read their kubeconfig once, at their start: refused still, after the file was changed. */
export const readBefore = (
  chart: Chart,
  host: HostChart,
  evidence: EvidenceReader,
): readonly Found<InMemory, 'client-not-reloaded'>[] => {
  const uses = kubeconfigsInUse(host).filter(({ program }) => program !== 'kubelet' && program !== 'kubectl');
  return [...new Map(uses.map(use => [`${use.program} ${use.path}`, use])).values()].flatMap(({ program, path }) => {
    const [process, config] = [evidence.process(host, program), evidence.kubeconfig(host, path)];
    if (!process || !config || !startedBefore(process, config.changedAt)) return [];
    const changed = Date.parse(config.changedAt);
    const line = (evidence.read(host.logs)?.[program] ?? []).slice(-20).findLast(one => {
      const at = timeOfLine(one, chart.now);
      // The log has whole seconds, the file's time has more.
      return refused.test(one) && at !== undefined && at > changed - 1000;
    });
    if (line === undefined) return [];
    return [
      {
        variant: 'client-not-reloaded' as const,
        host: host.name,
        subject: { path },
        facts: { path, program, startedAt: process.startedAt, changedAt: config.changedAt, line: line.slice(0, 300) },
      },
    ];
  });
};

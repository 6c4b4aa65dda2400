/** How a case reads a chart: what is there is given, what could not be seen is recorded by itself. */
import type { Evidence, MissingKind } from '../../model/fact.js';
import type { HostChart, ProcessSeen, UnitSeen } from '../chart/host-chart.js';
import type { CertificateSeen, FileSeen, KeySeen, KubeconfigSeen, ServedSeen } from '../chart/seen.js';
import { looksForCertificate, looksForKey } from './looked-for.js';
import { heldBy, heldText, holderOf } from './holders.js';
import { type Benign, type Missing, missingOf, sick, type Verdict } from '../examine/verdict.js';

/** `null`: surely not there. `undefined`: could not be seen, and that is noted already: go on with the next thing. */
export type Look<T> = T | null | undefined;

export interface EvidenceReader {
  read<T>(evidence: Evidence<T>): T | undefined;
  file(host: HostChart, path: string): Look<FileSeen>;
  certificate(host: HostChart, path: string): Look<CertificateSeen>;
  key(host: HostChart, path: string): Look<KeySeen>;
  kubeconfig(host: HostChart, path: string): Look<KubeconfigSeen>;
  /** `address` undefined: the first answer of that port. */
  served(host: HostChart, port: number, address?: string): Look<ServedSeen>;
  unit(host: HostChart, name: string): Look<UnitSeen>;
  process(host: HostChart, program: string): Look<ProcessSeen>;
  /** Something was not seen that no section of the chart stands for. */
  note(host: string, what: string, why: string, kind?: MissingKind): void;
  readonly missing: readonly Missing[];
  /** Sick with findings; unknown where something was missing; else healthy. */
  verdict<F>(
    findings: readonly F[],
    says?: { readonly says?: string; readonly benign?: readonly Benign[] },
  ): Verdict<F>;
}

export const readEvidence = (): EvidenceReader => {
  const missing = new Map<string, Missing>();
  const add: Add = one => {
    missing.set(`${one.host} ${one.what}`, one);
    return undefined;
  };
  const read = <T>(evidence: Evidence<T>) => seenIn(evidence, add);
  const among = <T>(evidence: Evidence<readonly T[]>, is: (one: T) => boolean): Look<T> => {
    const all = read(evidence);
    return all === undefined ? undefined : (all.find(is) ?? null);
  };
  const atPath = (path: string) => (one: { readonly path: string }) => one.path === path;
  const runs = (program: string) => (one: ProcessSeen) => one.program === program;
  return {
    read,
    file: (host, path) => among(host.files, atPath(path)),
    certificate: (host, path) =>
      unlessUnsought(host, path, looksForCertificate, among(host.certificates, atPath(path)), add),
    key: (host, path) => unlessUnsought(host, path, looksForKey, among(host.keys, atPath(path)), add),
    kubeconfig: (host, path) => among(host.kubeconfigs, atPath(path)),
    served: (host, port, address) =>
      among(host.served, one => one.port === port && (address === undefined || one.address === address)),
    unit: (host, name) => among(host.units, one => one.name === name || one.name === `${name}.service`),
    process: (host, program) => unlessHeld(host, program, among(host.processes, runs(program)), add),
    note: (host, what, why, kind = 'not-collected') => {
      add({ host, what, why, kind });
    },
    get missing() {
      return [...missing.values()];
    },
    verdict: (findings, says) => {
      const verdict = sick(findings, [...missing.values()]);
      return verdict.verdict === 'healthy' ? { ...verdict, ...says } : verdict;
    },
  };
};

/** Notes what is missing. */
type Add = (one: Missing) => undefined;

const seenIn = <T>(evidence: Evidence<T>, add: Add): T | undefined => {
  const holder = heldBy(evidence);
  if (holder !== undefined)
    add({ host: evidence.host, what: 'components', why: heldText(holder), kind: 'not-collected' });
  return 'value' in evidence ? evidence.value : add(missingOf(evidence));
};

/** Of what nobody looked for nothing is said to be absent. */
const unlessUnsought = <T>(
  host: HostChart,
  path: string,
  looksFor: (path: string) => boolean,
  found: Look<T>,
  add: Add,
): Look<T> =>
  found !== null || looksFor(path)
    ? found
    : add({ host: host.name, what: path, why: 'kw does not look for such a file there', kind: 'not-collected' });

/** A program that is not there by itself may run within another one. */
const unlessHeld = <T>(host: HostChart, program: string, found: Look<T>, add: Add): Look<T> => {
  const holder = found === null ? holderOf(host, program) : undefined;
  if (holder === undefined) return found;
  return add({ host: host.name, what: program, why: heldText(holder), kind: 'not-collected' });
};

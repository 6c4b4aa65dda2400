/** What members of one etcd must have in common, held against what most of them have. */
import type { FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { type EtcdHost, ownStatus } from '../../../read/etcd-members.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { oddOnes, type Setting } from '../../../read/majority.js';
import type { Facts } from './facts.js';

const quotaFlag = 'quota-backend-bytes';
const defaultQuota = String(2 * 2 ** 30);

/** With their defaults. What differs by host (names, addresses, files) is not among them. */
const shared: Readonly<Record<string, string>> = {
  [quotaFlag]: defaultQuota,
  'heartbeat-interval': '100',
  'election-timeout': '1000',
  'max-request-bytes': '1572864',
  'max-txn-ops': '128',
  'auto-compaction-mode': 'periodic',
  'auto-compaction-retention': '0',
  'client-cert-auth': 'false',
  'peer-client-cert-auth': 'false',
};

export const differences = (
  chart: Chart,
  seen: readonly EtcdHost[],
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] => {
  for (const { host } of seen) evidence.read(host.processes);
  const known = seen.filter(({ host }) => {
    const flags = flagsOf(host, 'etcd').inForce;
    // Then flags are not read at all (etcd --help: other flags will be ignored).
    const file = flags?.get('config-file');
    const unread = file !== undefined && evidence.file(host, file)?.text === undefined;
    if (unread) evidence.note(host.name, file, 'etcd takes its settings from it, and its text was not seen');
    return flags !== undefined && !unread;
  });
  // While it is full, the case of that looks at every quota, and makes the small ones larger.
  const isFull = seen.some(({ etcd }) => etcd.alarms.some(alarm => alarm.includes('NOSPACE')));
  const compared = Object.entries(shared).filter(([flag]) => !isFull || flag !== quotaFlag);
  return [
    ...compared.flatMap(([flag, fallback]) =>
      odd(
        flag,
        known.map(one => member(one, flag, fallback)),
      ),
    ),
    ...versions(chart, seen),
  ];
};

const member = (one: EtcdHost, flag: string, fallback: string): Setting => {
  const told = flagsOf(one.host, 'etcd').inForce?.get(flag);
  const given = told !== undefined;
  // A quota of 0 is the default one; what the member itself reports is what holds.
  const plain = told === undefined || (flag === quotaFlag && Number(told) <= 0) ? fallback : told;
  const value = flag === quotaFlag && !given && one.etcd.quota !== undefined ? String(one.etcd.quota) : plain;
  return { name: one.host.name, value, given };
};

const odd = (flag: string, members: readonly Setting[]): readonly FoundOf<Facts>[] =>
  oddOnes(members).map(({ host, ...differs }) => ({
    variant: flag === quotaFlag ? ('quota' as const) : ('flag' as const),
    host,
    subject: { flag },
    facts: { flag, ...differs },
  }));

const settledMs = 3_600_000;

/** Minors: patches are mixed for as long as somebody likes. While members are started anew somebody upgrades them. */
const versions = (chart: Chart, seen: readonly EtcdHost[]): readonly FoundOf<Facts>[] => {
  const members = seen.flatMap((one): readonly (Setting & { readonly since: number })[] => {
    const version = ownStatus(one)?.version;
    const process =
      'value' in one.host.processes ? one.host.processes.value.find(each => each.program === 'etcd') : undefined;
    return version === undefined || !process
      ? []
      : [{ name: one.host.name, value: version, given: true, since: Date.parse(process.startedAt) }];
  });
  if (!members.every(({ since }) => Date.parse(chart.now) - since > settledMs)) return [];
  const minors = members.map(each => ({ ...each, value: each.value.split('.').slice(0, 2).join('.') }));
  return oddOnes(minors).map(({ host, ...differs }) => ({
    variant: 'version' as const,
    host,
    subject: { flag: 'version' },
    facts: { flag: 'version', ...differs },
  }));
};

/**
 * Which of several CAs of one name is the cluster's true one: the one in the control machine's vault, else the one
 * whose key signs, else the majority's.
 */
import type { Certificate } from '../../pki/certificate.js';
import { readCertificates } from '../../pki/read.js';
import type { Wants } from '../../resources/wants.js';
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import { chainFaults } from './trust.js';

export type AuthorityName = 'ca' | 'etcd/ca' | 'front-proxy-ca';

/** Where kubeadm's layout (and Kubewizard's) keeps each. */
export const authorityPaths: Readonly<Record<AuthorityName, string>> = {
  ca: '/etc/kubernetes/pki/ca.crt',
  'etcd/ca': '/etc/kubernetes/pki/etcd/ca.crt',
  'front-proxy-ca': '/etc/kubernetes/pki/front-proxy-ca.crt',
};

/**
 * All certificates of its file (a bundle while a CA is being changed), the first one the CA; [] where none was seen.
 */
export const trueAuthority = (chart: Chart, name: AuthorityName): readonly Certificate[] => {
  const ofChart = known.get(chart) ?? new Map<AuthorityName, readonly Certificate[]>();
  known.set(chart, ofChart);
  const found = ofChart.get(name) ?? wanted(chart, authorityPaths[name]) ?? elected(chart, authorityPaths[name]);
  ofChart.set(name, found);
  return found;
};

export const authorityPemOf = (chart: Chart, name: AuthorityName): string =>
  trueAuthority(chart, name)
    .map(one => one.pem)
    .join('');

/** Does this set of CAs hold one with the key and name of another set? */
export const trusts = (set: readonly Certificate[], authority: readonly Certificate[]): boolean =>
  authority.some(one => set.some(other => other.spkiSha256 === one.spkiSha256 && other.subjectDer === one.subjectDer));

/** A chain that does not lead to these roots, whatever else is wrong with it (dates and usages are other cases). */
export const isForeign = (chain: readonly Certificate[], roots: readonly Certificate[], now: string): boolean => {
  const key = [...chain, { fingerprint: '/' }, ...roots].map(one => one.fingerprint).join(' ');
  const found =
    judged.get(key) ??
    chainFaults(chain, roots, now, 'any').some(
      ({ code }) => code === 'unknown-issuer' || code === 'same-name-other-key',
    );
  if (judged.size >= 4096) judged.clear();
  judged.set(key, found);
  return found;
};

// Every client of every API server meets the same few chains: a signature is verified once.
const judged = new Map<string, boolean>();

const known = new WeakMap<Chart, Map<AuthorityName, readonly Certificate[]>>();

const wanted = (chart: Chart, path: string): readonly Certificate[] | undefined => {
  const file = chart.wanted?.find(one => one.kind === 'file' && one.key === path);
  const content = file ? (file.want as Wants['file']).content : [];
  if (content.length === 0 || content.some(part => typeof part !== 'string')) return undefined;
  const { certificates } = readCertificates(content.join(''), path);
  return certificates.length > 0 ? certificates : undefined;
};

/** Workers hold a copy too, but nobody signs there. */
const keepers = (chart: Chart): readonly HostChart[] => {
  const all = [...chart.hosts.values()];
  const some = all.filter(host => host.roles.includes('controlPlane') || host.roles.includes('etcd'));
  return some.length > 0 ? some : all;
};

const elected = (chart: Chart, path: string): readonly Certificate[] => {
  const votes = new Map<string, { votes: number; readonly set: readonly Certificate[] }>();
  for (const host of keepers(chart)) {
    const set =
      'value' in host.certificates ? (host.certificates.value.find(one => one.path === path)?.certificates ?? []) : [];
    const [first] = set;
    if (!first) continue;
    const key =
      'value' in host.keys
        ? host.keys.value.find(one => one.path === path.replace(/\.crt$/, '.key'))?.spkiSha256
        : undefined;
    const entry = votes.get(first.spkiSha256) ?? { votes: 0, set };
    // A CA whose key lies beside it can sign; one that was only copied there cannot.
    entry.votes += key === first.spkiSha256 ? 1000 : 1;
    votes.set(first.spkiSha256, entry);
  }
  return [...votes.values()].sort((a, b) => b.votes - a.votes)[0]?.set ?? [];
};

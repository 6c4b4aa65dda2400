/**
 * Whose a host is: this cluster's, another's, nobody's, or not to be told. Names decide only where nothing stronger
 * does, and only by Kubewizard's own marks: every kubeadm cluster is called `kubernetes`.
 */
import type { Carried } from '../model/carried.js';
import { isSignedBy } from '../pki/chain.js';
import { readCertificates } from '../pki/read.js';

/** What the control machine knows of the file's cluster; [] where nothing is known yet. */
export interface KnownCluster {
  /** What it may be called on its hosts: the file's name, or the token of its etcd. */
  readonly names: readonly string[];
  /** SHA-256 of its CAs, lower-case hex. */
  readonly authorities: readonly string[];
  /** SHA-256 of the public keys of all its CAs: one that was signed anew by its own key is the same CA. */
  readonly keys?: readonly string[];
  readonly etcdAuthorities: readonly string[];
  /** The CA that signs its nodes' credentials, PEM. */
  readonly signers: readonly string[];
  /** Ids of its etcd. */
  readonly etcd: readonly string[];
  /** Its CA is its owner's, who may have given it to other clusters too: having it is not a proof. */
  readonly shared: boolean;
}

/** `unknown`: there, and there is nothing to compare it with, or it cannot be read. */
export type Comparison = 'absent' | 'same' | 'other' | 'unknown';
export const evidenceKinds = ['ca', 'etcdCa', 'kubeletCa', 'credential', 'etcd', 'name'] as const;
export type Evidence = Readonly<Record<(typeof evidenceKinds)[number], Comparison>> & {
  /** Kubewizard's marks are there. */
  readonly marked: boolean;
  /** Files of a cluster are there that tell no more. */
  readonly bare: boolean;
  /** Data of etcd are there. */
  readonly data: boolean;
};

/** `mixed`: it carries this cluster and another one. `unknown`: it carries one, and whose cannot be told. */
export type Owner = 'empty' | 'ours' | 'others' | 'mixed' | 'unknown';

export const compare = (known: KnownCluster, carried: Carried): Evidence => {
  const ca = (pem: string | undefined, mine: readonly string[]): Comparison => compareAuthority(pem, mine, known.keys);
  const weaker = (found: Comparison): Comparison => (known.shared && found === 'same' ? 'unknown' : found);
  const { etcdCluster: id, name } = carried;
  return {
    ca: weaker(ca(carried.ca, known.authorities)),
    etcdCa: ca(carried.etcdCa, known.etcdAuthorities),
    kubeletCa: weaker(ca(carried.kubeletCa, known.authorities)),
    credential: weaker(compareCredential(carried.credential, signersFor(known, carried))),
    etcd: !carried.etcdData
      ? 'absent'
      : id === undefined || known.etcd.length === 0
        ? 'unknown'
        : known.etcd.includes(id)
          ? 'same'
          : 'other',
    name: name === undefined ? 'absent' : known.names.includes(name) ? 'same' : 'other',
    marked: carried.marked,
    bare: carried.traces.length > 0,
    data: carried.etcdData,
  };
};

/** Whether anything is known by which a host can be told. */
export const isKnown = ({ authorities, etcdAuthorities, etcd }: KnownCluster): boolean =>
  authorities.length + etcdAuthorities.length + etcd.length > 0;

/** @param known The control machine remembers who this cluster is. */
export const ownerOf = (evidence: Evidence, known: boolean): Owner => {
  const { ca, etcdCa, kubeletCa, credential, etcd, name, marked, bare, data } = evidence;
  // etcd's CA can be exchanged from another control machine: with our CA and our etcd beside it, it is ours.
  const keys = [ca, ca === 'same' && etcd === 'same' ? 'same' : etcdCa, kubeletCa, credential];
  const same = keys.includes('same') || etcd === 'same';
  // An etcd that was restored from a backup has a new id: that of a host with our keys is no other's.
  const other = keys.includes('other') || (etcd === 'other' && !same);
  if (same) return other ? 'mixed' : 'ours';
  if (other) return 'others';
  if (keys.every(one => one === 'absent') && !bare && !data) return 'empty';
  if (name === 'other') return 'others';
  if (!marked) return 'unknown';
  if (name === 'same') return 'ours';
  // A run that was cut off leaves files before it brings keys; data without keys are somebody's.
  return known && !data ? 'ours' : 'unknown';
};

/** What of it is not this cluster's, in short: what a person types to take the host over. */
export const shownId = (known: KnownCluster, carried: Carried): string => {
  const mine = [...known.authorities, ...known.etcdAuthorities];
  const authorities = [carried.ca, carried.kubeletCa, carried.etcdCa].flatMap(fingerprintsIn);
  const { etcdCluster: id } = carried;
  return (
    authorities.find(each => !mine.includes(each))?.slice(0, 12) ??
    (id !== undefined && !known.etcd.includes(id) ? id : undefined) ??
    readCertificates(carried.credential ?? '').certificates[0]?.authorityKeyId?.slice(0, 12) ??
    'unidentified'
  );
};

export const carriedText = (carried: Carried): string => {
  const ca = fingerprintsIn(carried.ca ?? carried.kubeletCa);
  const node = readCertificates(carried.credential ?? '').certificates[0]?.commonName;
  const says = [
    ...(carried.name === undefined ? [] : [`cluster ${carried.name}`]),
    ...(ca.length > 0 ? [`CA ${ca.map(each => each.slice(0, 16)).join(', ')}`] : []),
    ...(ca.length === 0 && carried.ca !== undefined ? ['a CA that cannot be read'] : []),
    ...(carried.etcdData ? [`etcd ${carried.etcdCluster ?? 'with an id that cannot be read'}`] : []),
    ...(node === undefined ? [] : [`credential of ${node}`]),
  ];
  return says.length > 0 ? says.join(', ') : `files of a cluster (${carried.traces.slice(0, 3).join(', ')})`;
};

export const knownText = ({ names, authorities, etcd }: KnownCluster): string =>
  [
    `cluster ${names[0] ?? ''}`,
    ...authorities.slice(0, 3).map(each => `CA ${each.slice(0, 16)}`),
    ...etcd.slice(-1).map(each => `etcd ${each}`),
  ].join(', ');

export const fingerprintsIn = (pem: string | undefined): readonly string[] =>
  pem === undefined ? [] : readCertificates(pem).certificates.map(one => one.fingerprint);

const compareAuthority = (
  pem: string | undefined,
  mine: readonly string[],
  keys: readonly string[] = [],
): Comparison => {
  if (pem === undefined) return 'absent';
  const theirs = readCertificates(pem).certificates;
  if (theirs.length === 0 || mine.length === 0) return 'unknown';
  return theirs.some(each => mine.includes(each.fingerprint) || keys.includes(each.spkiSha256)) ? 'same' : 'other';
};

/** While a CA is changed, hosts trust the old one beside the new: who is signed by either is ours. */
const signersFor = ({ signers, authorities, keys }: KnownCluster, { ca }: Carried): readonly string[] =>
  compareAuthority(ca, authorities, keys) === 'same' ? [...signers, ca ?? ''] : signers;

const compareCredential = (pem: string | undefined, signers: readonly string[]): Comparison => {
  if (pem === undefined) return 'absent';
  const [leaf] = readCertificates(pem).certificates;
  const authorities = signers.flatMap(each => readCertificates(each).certificates);
  if (!leaf || authorities.length === 0) return 'unknown';
  return authorities.some(each => isSignedBy(leaf, each)) ? 'same' : 'other';
};

/**
 * The CA that took the place of this cluster's own while the control machine was away. Our etcd under our etcd's CA
 * says that the hosts are ours; that nobody there knows the old CA any more says that it was exchanged, and not that
 * one host was given a strange one.
 */
import type { Carried } from '../model/carried.js';
import type { Certificate } from '../pki/certificate.js';
import { isSignedBy } from '../pki/chain.js';
import { readCertificates } from '../pki/read.js';
import { isSameAuthority, isYounger } from '../pki/renewal.js';
import { fingerprintsIn, type KnownCluster } from './ownership.js';

/** undefined: there is none, or too little says so. @param hosts Of the file, those that could be asked. */
export const heirOf = (known: KnownCluster, hosts: ReadonlyMap<string, Carried>): Certificate | undefined => {
  const all = [...hosts.values()].filter(one => one.ca !== undefined);
  const [heir, ...more] = readCertificates(all[0]?.ca ?? '').certificates;
  const before = known.signers.flatMap(pem => readCertificates(pem).certificates);
  if (!heir || more.length > 0 || known.shared || known.authorities.includes(heir.fingerprint)) return undefined;
  const follows = before.some(one => isYounger(heir, one) && bears(heir, one) && !isSameAuthority(heir, one));
  return follows && all.every(one => knowsOnly(heir, one)) && keepsOurEtcd(known, all) ? heir : undefined;
};

/** CAs that come, or sign by now, beside ours: of hosts on which Kubewizard's own marks say so. */
export const comingOf = (known: KnownCluster, hosts: ReadonlyMap<string, Carried>): readonly Certificate[] =>
  [...hosts.values()].flatMap(({ ca, caSigner, caNext }) => {
    const trusted = readCertificates(ca ?? '').certificates;
    const marked = [caSigner, caNext].flatMap(fingerprintsIn);
    return trusted.some(({ fingerprint }) => known.authorities.includes(fingerprint))
      ? trusted.filter(({ fingerprint }) => marked.includes(fingerprint))
      : [];
  });

/** It is called as the one before, so that clients choose by its name what they show. */
const bears = (one: Certificate, other: Certificate): boolean => one.subjectDer === other.subjectDer;

const knowsOnly = (heir: Certificate, { ca, kubeletCa, credential }: Carried): boolean => {
  const trusts = [ca, kubeletCa].filter(pem => pem !== undefined).map(fingerprintsIn);
  const [leaf] = readCertificates(credential ?? '').certificates;
  return trusts.every(each => each.length === 1 && each[0] === heir.fingerprint) && (!leaf || isSignedBy(leaf, heir));
};

const keepsOurEtcd = ({ etcd, etcdAuthorities }: KnownCluster, hosts: readonly Carried[]): boolean => {
  const members = hosts.filter(({ etcdData }) => etcdData);
  const ours = ({ etcdCa, etcdCluster }: Carried): boolean =>
    etcdCluster !== undefined &&
    etcd.includes(etcdCluster) &&
    fingerprintsIn(etcdCa).some(each => etcdAuthorities.includes(each));
  return members.length > 0 && members.every(ours);
};

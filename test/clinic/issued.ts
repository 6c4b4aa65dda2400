/** Certificates signed anew for a fixture, with the test CAs of test/clinic/base/pki. */
import { readFileSync } from 'node:fs';
import type { CertificateSeen, KubeconfigSeen, ServedSeen } from '../../src/clinic/chart/seen.js';
import type { Certificate } from '../../src/pki/certificate.js';
import { issueCertificate } from '../../src/pki/issue.js';
import { readCertificates } from '../../src/pki/read.js';

export interface IssueChange {
  /**
   * `ca`, `etcd-ca`, `front-proxy-ca`, `other-ca` (another one of the same name as `ca`), `foreign-ca`; absent: whoever
   * signed the old one.
   */
  readonly ca?: string;
  readonly commonName?: string;
  readonly organizations?: readonly string[];
  readonly sans?: readonly string[];
  readonly usages?: readonly ('server' | 'client')[];
  /** First day (ISO) and length of its life; absent: as the old one. */
  readonly from?: string;
  readonly days?: number;
  /** The CAs of these names instead, as they are: in a file of CAs, or as a kubeconfig's CA. */
  readonly trust?: readonly string[];
  /** More certificates behind the leaf (`ca`), or with a minus (`-ca`) in front of it. */
  readonly chain?: readonly string[];
}

const folder = new URL('base/pki/', import.meta.url).pathname;
export const testAuthority = (name: string) => ({
  certPem: readFileSync(`${folder}${name}.crt`, 'utf8'),
  keyPem: readFileSync(`${folder}${name}.key`, 'utf8'),
});

export const issued = async (node: unknown, wish: IssueChange): Promise<unknown> => {
  const seen = node as CertificateSeen | KubeconfigSeen | ServedSeen;
  if (wish.trust) {
    const ca = wish.trust.flatMap(name => readCertificates(testAuthority(name).certPem).certificates);
    return 'certificates' in seen
      ? { ...seen, certificates: ca }
      : { ...seen, ca, ...('value' in seen && { value: { ...seen.value, caPem: ca.map(one => one.pem).join('') } }) };
  }
  if (wish.chain && 'certificates' in seen) {
    const more = (front: boolean) =>
      (wish.chain ?? [])
        .filter(name => name.startsWith('-') === front)
        .flatMap(name => readCertificates(testAuthority(name.replace('-', '')).certPem).certificates);
    return { ...seen, certificates: [...more(true), ...seen.certificates, ...more(false)] };
  }
  if ('certificates' in seen)
    return { ...seen, certificates: [await anew(seen.certificates[0], wish), ...seen.certificates.slice(1)] };
  if ('chain' in seen) return { ...seen, chain: [await anew(seen.chain[0], wish), ...seen.chain.slice(1)] };
  const leaf = await anew(seen.client[0], wish);
  return {
    ...seen,
    client: [leaf, ...seen.client.slice(1)],
    ...(seen.value && { value: { ...seen.value, certPem: leaf.pem } }),
  };
};

const anew = async (old: Certificate | undefined, wish: IssueChange): Promise<Certificate> => {
  if (!old) throw new Error('issue: there is no certificate to begin with');
  const from = new Date(wish.from ?? old.notBefore);
  const days = wish.days ?? Math.round((Date.parse(old.notAfter) - Date.parse(old.notBefore)) / 86_400_000);
  const ca =
    wish.ca ?? (old.issuer.includes('etcd') ? 'etcd-ca' : old.issuer.includes('front') ? 'front-proxy-ca' : 'ca');
  const made = await issueCertificate(
    testAuthority(ca),
    {
      ca,
      commonName: wish.commonName ?? old.commonName,
      organizations: wish.organizations ?? old.organizations,
      sans: wish.sans ?? [...old.names, ...old.ips],
      usages: wish.usages ?? old.usages.filter(one => one === 'server' || one === 'client'),
      days,
    },
    { algorithm: 'ecdsa-p256', now: from },
  );
  const [certificate] = readCertificates(made.certPem).certificates;
  if (!certificate) throw new Error('issue: no certificate came out');
  return certificate;
};

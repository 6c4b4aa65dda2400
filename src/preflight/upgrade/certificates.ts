/** Certificates that end while, or soon after, the upgrade runs. */
import type { CertificateSeen } from '../../clinic/chart/seen.js';
import { certificatesInUse, kubeconfigsInUse } from '../../clinic/read/in-use.js';
import { hostsOf } from '../../clinic/read/hosts.js';
import type { Certificate } from '../../pki/certificate.js';
import { found, type Hit, hit, type Rule } from './finding.js';

const day = 86_400_000;
/** Days: an upgrade restarts everything, and a rest of it may have to wait. */
const needed = 30;

export const certificateRule: Rule = ({ chart }, reader) => {
  const now = Date.parse(chart.now);
  const seen = hostsOf(chart).flatMap(host => {
    const files = reader.read(host.certificates) ?? [];
    const configs = reader.read(host.kubeconfigs) ?? [];
    const paths = new Set(certificatesInUse(host).map(one => one.path));
    const used = new Set(kubeconfigsInUse(host).map(one => one.path));
    return [
      ...files.filter(one => paths.has(one.path)).flatMap(one => ends(one.path, firstOf(one), host.name, now)),
      ...configs.filter(one => used.has(one.path)).flatMap(one => ends(one.path, one.client[0], host.name, now)),
    ];
  });
  const those = (is: (days: number) => boolean): readonly Hit[] => seen.filter(one => is(one.days)).map(one => one.hit);
  return [
    ...found(
      'certificate-ends',
      'blocker',
      those(days => days < 1),
      {
        why: 'This certificate has ended, or ends today: the component that uses it does not come back from a restart.',
        next: 'Renew it first: kw doctor, kw heal leaf-certificate-expired.',
      },
    ),
    ...found(
      'certificate-ends',
      'warning',
      those(days => days >= 1 && days < needed),
      {
        why: `This certificate ends within ${needed} days.`,
        next: 'Renew it first, so that the upgrade is the only change: kw up renews what is due.',
      },
    ),
  ];
};

const firstOf = ({ certificates }: CertificateSeen): Certificate | undefined => certificates[0];

const ends = (path: string, certificate: Certificate | undefined, host: string, now: number) => {
  if (!certificate) return [];
  const days = Math.floor((Date.parse(certificate.notAfter) - now) / day);
  return [{ days, hit: hit('file', path, `${host}, ends ${certificate.notAfter.slice(0, 10)}`) }];
};

/**
 * A cluster in the middle of the exchange of a CA is healthy, in each phase and between two hosts of one: with the plan
 * of what stands at hand, and without.
 */
import { beforeAll, expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import type { HostChart } from '../../src/clinic/chart/host-chart.js';
import { examine } from '../../src/clinic/examine/examine.js';
import { flat } from '../../src/clinic/examine/report.js';
import type { Resource } from '../../src/model/resource.js';
import type { Certificate } from '../../src/pki/certificate.js';
import { isSignedBy } from '../../src/pki/chain.js';
import { createAuthority, issueCertificate, type Pair } from '../../src/pki/issue.js';
import { readCertificates } from '../../src/pki/read.js';
import type { Wants } from '../../src/resources/wants.js';
import { baseChart } from './fixture.js';
import { testAuthority } from './issued.js';

const things = [
  { trust: '/etc/kubernetes/pki/etcd/ca.crt', file: 'etcd-ca', name: 'etcd/ca' },
  { trust: '/etc/kubernetes/pki/front-proxy-ca.crt', file: 'front-proxy-ca', name: 'front-proxy-ca' },
] as const;
type Thing = (typeof things)[number];

const certificate = (pem: string): Certificate => readCertificates(pem).certificates[0] as Certificate;
let next: Pair;
beforeAll(async () => {
  const now = new Date(Date.parse(baseChart('five').now) - 3_600_000);
  next = await createAuthority({ commonName: 'etcd-ca', days: 3650, algorithm: 'ecdsa-p256', now });
});

interface Phase {
  readonly trust: readonly string[];
  readonly signer: Pair;
}
const phasesOf = (thing: Thing): Readonly<Record<string, Phase>> => {
  const old = testAuthority(thing.file);
  return {
    before: { trust: [old.certPem], signer: old },
    'trust both': { trust: [old.certPem, next.certPem], signer: old },
    'sign with new': { trust: [old.certPem, next.certPem], signer: next },
    'drop old': { trust: [next.certPem], signer: next },
  };
};

/** The same leaf, signed by another CA, where the old one has signed it. */
const resigned = async (leaf: Certificate, thing: Thing, { signer }: Phase, now: string): Promise<Certificate> => {
  if (leaf.isCa || !isSignedBy(leaf, certificate(testAuthority(thing.file).certPem))) return leaf;
  const request = {
    ca: thing.name,
    commonName: leaf.commonName,
    organizations: leaf.organizations,
    sans: [...leaf.names, ...leaf.ips],
    usages: leaf.usages.filter(one => one === 'server' || one === 'client'),
    days: 365,
  };
  const { certPem } = await issueCertificate(signer, request, { algorithm: 'ecdsa-p256', now: new Date(now) });
  return certificate(certPem);
};

const at = async (host: HostChart, thing: Thing, phase: Phase, now: string): Promise<HostChart> => {
  const { certificates, served, keys } = host;
  if (!('value' in certificates) || !('value' in served) || !('value' in keys))
    throw new Error(`${host.name} has no certificates`);
  const made = new Map<string, Certificate>();
  const again = async (one: Certificate): Promise<Certificate> => {
    const known = made.get(one.fingerprint) ?? (await resigned(one, thing, phase, now));
    made.set(one.fingerprint, known);
    return known;
  };
  const seen = await Promise.all(
    certificates.value.map(async one => ({
      ...one,
      certificates:
        one.path === thing.trust ? phase.trust.map(certificate) : await Promise.all(one.certificates.map(again)),
    })),
  );
  const chains = await Promise.all(
    served.value.map(async one => ({ ...one, chain: await Promise.all(one.chain.map(again)) })),
  );
  const old = certificate(testAuthority(thing.file).certPem);
  const spkis = new Map([
    ...certificates.value.flatMap(({ certificates: [one] }) =>
      one ? [[one.spkiSha256, made.get(one.fingerprint)?.spkiSha256 ?? one.spkiSha256] as const] : [],
    ),
    [old.spkiSha256, certificate(phase.signer.certPem).spkiSha256] as const,
  ]);
  return {
    ...host,
    keys: {
      ...keys,
      value: keys.value.map(one => ({ ...one, spkiSha256: spkis.get(one.spkiSha256 ?? '') ?? one.spkiSha256 ?? '' })),
    },
    certificates: { ...certificates, value: seen },
    served: { ...served, value: chains },
  };
};
const wanted = (all: readonly Resource[], { trust, name }: Thing, phase: Phase): readonly Resource[] =>
  all.map(one =>
    one.kind === 'file' && one.key === trust
      ? { ...one, want: { ...(one.want as Wants['file']), content: [phase.trust.join('')] } }
      : one.kind === 'certificate' && (one.want as Wants['certificate']).request.ca === name
        ? { ...one, want: { ...(one.want as Wants['certificate']), caPem: phase.signer.certPem } }
        : one,
  );

/** `ahead`: hosts that have come to `phase`; the others are still in the one before it. */
const chartIn = async (thing: Thing, phase: string, ahead: readonly string[], plan: boolean): Promise<Chart> => {
  const phases = phasesOf(thing);
  const names = Object.keys(phases);
  const now = phases[phase] as Phase;
  const before = phases[names[names.indexOf(phase) - 1] ?? 'before'] as Phase;
  const base = baseChart('five');
  const hosts = await Promise.all(
    [...base.hosts].map(
      async ([name, host]) => [name, await at(host, thing, ahead.includes(name) ? now : before, base.now)] as const,
    ),
  );
  const { wanted: all = [], ...rest } = base;
  return { ...rest, hosts: new Map(hosts), ...(plan && { wanted: wanted(all, thing, now) }) };
};

const everyone = [...baseChart('five').hosts.keys()];
const table = things.flatMap(thing =>
  ['trust both', 'sign with new', 'drop old'].flatMap(phase =>
    [
      { ahead: everyone, says: 'on every host' },
      { ahead: everyone.slice(0, 1), says: 'on the first host alone' },
    ].flatMap(({ ahead, says }) =>
      [true, false].map(plan => ({
        thing,
        phase,
        ahead,
        says: `${says}${plan ? '' : ', nothing wanted at hand'}`,
        plan,
      })),
    ),
  ),
);

test.each(table)('$thing.file: $phase, $says: nobody is ill', async ({ thing, phase, ahead, plan }) => {
  const chart = await chartIn(thing, phase, ahead, plan);
  const found = flat(examine(chart, cases).causes).map(one => `${one.case}/${one.findings[0]?.variant}`);
  expect(found).toEqual([]);
});

test.each(things)('$file: what the new one has signed before it is trusted is named', async thing => {
  const chart = await chartIn(thing, 'sign with new', everyone, true);
  const old = certificate(testAuthority(thing.file).certPem);
  const hosts = [...chart.hosts].map(([name, host]) => {
    if (!('value' in host.certificates)) throw new Error(name);
    const value = host.certificates.value.map(one =>
      one.path === thing.trust ? { ...one, certificates: [old] } : one,
    );
    return [name, { ...host, certificates: { ...host.certificates, value } }] as const;
  });
  const { causes } = examine({ ...chart, hosts: new Map(hosts) }, cases);
  expect(flat(causes).map(one => one.case)).not.toEqual([]);
});

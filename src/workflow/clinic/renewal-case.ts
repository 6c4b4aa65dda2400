/**
 * Renewal that a person asked for, as an illness of its own: every leaf that was signed before. So it is one plan,
 * kept, carried out and proven as a therapy is, and taken back where the proof fails.
 */
import { type Case, defineCase, type FoundOf } from '../../clinic/case.js';
import type { Chart } from '../../clinic/chart/chart.js';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { trueAuthority } from '../../clinic/read/authority.js';
import { endText, leafAt, openssl } from '../../clinic/read/commands.js';
import { type EvidenceReader, readEvidence } from '../../clinic/read/evidence-reader.js';
import { hostsOf } from '../../clinic/read/hosts.js';
import { kubeconfigsInUse } from '../../clinic/read/in-use.js';
import { quoted } from '../../clinic/read/quote.js';
import { certificateText, day } from '../../clinic/read/shown.js';
import { authorityOf, reissue } from '../../clinic/therapies/reissue.js';
import type { AuthorityName } from '../../blueprint/input.js';
import type { Resource } from '../../model/resource.js';
import type { Certificate } from '../../pki/certificate.js';
import { isSignedBy } from '../../pki/chain.js';
import { signedBefore } from '../../pki/life.js';
import type { Wants } from '../../resources/wants.js';

type Old = { readonly path: string; readonly endsAt: string; readonly held: Certificate };
type Facts = { readonly file: Old; readonly kubeconfig: Old };

export interface Renewal {
  /** What was signed before is signed again. */
  readonly since: Date;
  /** CAs whose keys are at hand. */
  readonly signers: ReadonlySet<AuthorityName>;
}

export const renewalId = 'renewal-asked-for';

export const renewalCase = (renewal: Renewal): Case =>
  defineCase<Facts>({
    id: renewalId,
    precedence: 999,
    title: 'A certificate is to be renewed, because somebody asked for it',
    variants: {
      file: {
        means: 'a certificate file was signed before renewal was asked for',
        says: ({ host, facts: { path, endsAt } }) => `${path} on ${host} ends on ${day(endsAt)}`,
        shows: ({ facts }) => [quoted('certificates', facts.path, certificateText(facts.held))],
      },
      kubeconfig: {
        means: 'the client certificate in a kubeconfig was signed before renewal was asked for',
        says: ({ host, facts: { path, endsAt } }) => `the certificate in ${path} on ${host} ends on ${day(endsAt)}`,
        shows: ({ facts }) => [quoted('kubeconfigs', facts.path, certificateText(facts.held))],
      },
    },
    symptoms: [],
    explains: [],
    lab: false,
    sources: ['https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/'],
    diagnose(chart) {
      const evidence = readEvidence();
      return evidence.verdict(
        hostsOf(chart).flatMap(host => [
          ...files(chart, host, renewal, evidence),
          ...kubeconfigs(chart, host, renewal, evidence),
        ]),
      );
    },
    therapy: (finding, chart) => treated(finding, chart, renewal),
    verify: ({ host, facts: { path, held } }, chart) => [
      {
        host,
        command: openssl(path, '-startdate -enddate'),
        answer: endText(leafAt(chart, host, path) ?? held),
        healthy: 'notBefore is not older than the renewal',
      },
    ],
  });

const treated: (finding: FoundOf<Facts>, chart: Chart, renewal: Renewal) => ReturnType<Case['therapy']> = (
  { host: name, variant, facts: { path } },
  chart,
  { since },
) => {
  const host = chart.hosts.get(name);
  const [made, ...restarts] = host ? reissue(chart, host, path, 'its renewal was asked for') : [];
  if (!made)
    return {
      refused: `nothing is known from which ${path} could be signed again`,
      advice: ['kubeadm certs renew all'],
    };
  // API server, etcd and their like read a file again by themselves; what stands in a kubeconfig is read once.
  const want = [signedSince(made, since), ...(variant === 'kubeconfig' ? restarts : [])];
  const restarted = want.slice(1).map(({ key }) => key);
  return {
    title: `Sign ${path} again${restarted.length > 0 ? `, and start ${restarted.join(', ')} anew` : ''}`,
    risk: restarted.length > 0 ? 'restart' : 'none',
    want,
  };
};

const signedSince = (one: Resource, since: Date): Resource => {
  const want = one.want as Wants['certificate'] | Wants['kubeconfig'];
  return { ...one, want: { ...want, request: { ...want.request, since: since.toISOString() } } } as Resource;
};

const isOld = (leaf: Certificate | undefined, path: string, chart: Chart, { since, signers }: Renewal): boolean => {
  const name = authorityOf(path);
  return (
    leaf !== undefined &&
    !leaf.isCa &&
    signers.has(name) &&
    signedBefore(leaf, since) &&
    trueAuthority(chart, name).some(one => isSignedBy(leaf, one))
  );
};

/** What a kubelet has it renews by itself. */
function files(chart: Chart, host: HostChart, renewal: Renewal, evidence: EvidenceReader) {
  return (evidence.read(host.certificates) ?? []).flatMap(
    ({ path, certificates: [held] }): readonly FoundOf<Facts>[] =>
      held && !path.startsWith('/var/lib/kubelet/') && isOld(held, path, chart, renewal)
        ? [{ variant: 'file', host: host.name, subject: { path }, facts: { path, endsAt: held.notAfter, held } }]
        : [],
  );
}

function kubeconfigs(chart: Chart, host: HostChart, renewal: Renewal, evidence: EvidenceReader) {
  evidence.read(host.kubeconfigs);
  const paths = kubeconfigsInUse(host).filter(use => use.program !== 'kubelet' && !use.personal);
  return [...new Set(paths.map(use => use.path))].flatMap((path): readonly FoundOf<Facts>[] => {
    const held = evidence.kubeconfig(host, path)?.client[0];
    return held && isOld(held, path, chart, renewal)
      ? [{ variant: 'kubeconfig', host: host.name, subject: { path }, facts: { path, endsAt: held.notAfter, held } }]
      : [];
  });
}

/** Which end of a broken edge does not hold the cluster's true CA, and what that end is called. */
import type { Certificate } from '../../../../pki/certificate.js';
import type { Chart } from '../../../chart/chart.js';
import { type Edge, edgesOf, type Held } from '../../../edges/prove.js';
import { type AuthorityName, isForeign, trueAuthority, trusts } from '../../../read/authority.js';
import { flagsOf } from '../../../read/flags.js';
import type { ShowVariant, TrustVariant } from './variants.js';

interface EndOf<Does extends string, Variant extends string> {
  readonly does: Does;
  readonly variant: Variant;
  readonly host: string;
  readonly program: string;
  readonly path: string;
  /** It should hold this CA, or be signed by it. */
  readonly authority: AuthorityName;
  readonly edge: Edge;
  readonly certificates: readonly Certificate[];
  readonly other: readonly Certificate[];
}
type TrustEnd = EndOf<'trusts', TrustVariant>;
type ShowEnd = EndOf<'shows', ShowVariant>;
export type End = TrustEnd | ShowEnd;

type Called = readonly [trusts: TrustVariant, shows: ShowVariant];
type Names = { readonly server: Called; readonly client: Called };

/** What kubelets serve is the case kubelet-certificate-not-trusted. */
const names: Readonly<Record<Edge['kind'], Partial<Names>>> = {
  'api-client': { server: ['kubeconfig-ca', 'serving-certificate'], client: ['client-ca', 'client-certificate'] },
  'apiserver-kubelet': { client: ['kubelet-client-ca', 'kubelet-client-certificate'] },
  'apiserver-etcd': { server: ['etcd-ca', 'etcd-certificate'], client: ['etcd-ca', 'etcd-certificate'] },
  'etcd-peer': { server: ['etcd-peer-ca', 'etcd-peer-certificate'], client: ['etcd-peer-ca', 'etcd-peer-certificate'] },
  'load-balancer-apiserver': { server: ['load-balancer-ca', 'serving-certificate'] },
  // What stands behind a Service has a CA of its own: the cases webhook-deadlock and namespace-terminating-apiservice.
  'apiserver-aggregated': {},
  'apiserver-webhook': {},
  'kubelet-runtime': {},
};

export const wrongEnds = (chart: Chart): readonly End[] =>
  edgesOf(chart).flatMap(edge => [
    ...wrong(chart, edge, names[edge.kind].server, edge.clientTrusts, edge.serverShows, true),
    ...wrong(chart, edge, names[edge.kind].client, edge.serverTrusts, edge.clientShows, false),
  ]);

function wrong(
  chart: Chart,
  edge: Edge,
  called: Called | undefined,
  trusting: Held | undefined,
  showing: Held | undefined,
  clientTrusts: boolean,
): readonly End[] {
  const [roots, chain] = [trusting, showing].map(held =>
    held && 'value' in held.certificates ? held.certificates.value : [],
  ) as [readonly Certificate[], readonly Certificate[]];
  // Nothing readable at one end: the case pem-unreadable says so.
  if (
    !called ||
    !trusting ||
    !showing ||
    roots.length === 0 ||
    chain.length === 0 ||
    !isForeign(chain, roots, chart.now)
  )
    return [];
  const authority = edge.kind === 'apiserver-etcd' || edge.kind === 'etcd-peer' ? 'etcd/ca' : 'ca';
  const truth = trueAuthority(chart, authority);
  const [truster, shower] = clientTrusts ? [edge.client, edge.server] : [edge.server, edge.client];
  const common = { authority, edge } as const;
  const trustEnd: TrustEnd = {
    ...common,
    does: 'trusts',
    variant: called[0],
    host: truster.host,
    program: truster.program,
    path: trusting.path,
    certificates: roots,
    other: chain,
  };
  const showEnd: ShowEnd = {
    ...common,
    does: 'shows',
    variant: called[1],
    host: shower.host,
    program: shower.program,
    path: clientTrusts ? servingFile(chart, edge, showing.path) : showing.path,
    certificates: chain,
    other: roots,
  };
  const ill = [
    ...(trusts(roots, truth) ? [] : [trustEnd]),
    ...(truth.length > 0 && isForeign(chain, truth, chart.now) ? [showEnd] : []),
  ];
  return ill.length > 0 ? ill : [trustEnd];
}

const servingFlags: Readonly<Record<string, string>> = {
  'api-client': 'tls-cert-file',
  'load-balancer-apiserver': 'tls-cert-file',
  'apiserver-etcd': 'cert-file',
  'etcd-peer': 'peer-cert-file',
};

const servingFile = (chart: Chart, { kind, server }: Edge, shown: string): string => {
  const host = chart.hosts.get(server.host);
  return (host && flagsOf(host, server.program).inForce?.get(servingFlags[kind] ?? '')) ?? shown;
};

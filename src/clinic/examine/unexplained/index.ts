/** The floor under the verdict: what is broken in the chart, and no cause that was found can have broken. */
import type { Chart } from '../../chart/chart.js';
import { provenEdges, whyOf } from '../connections.js';
import { isWhole } from '../../edges/prove.js';
import { flat, type Diagnosis } from '../report.js';
import { subjectText } from '../verdict.js';
import { absentSigns } from './absent.js';
import { deletionSigns } from './deletions.js';
import { endpointSigns } from './endpoints.js';
import { etcdSigns, healthSigns, unitSigns } from './hosts.js';
import { neighbourSigns } from './neighbours.js';
import { apiServiceSigns, leaseSigns, nodeSigns, unregisteredSigns } from './nodes.js';
import { podSigns } from './pods.js';
import { processSigns } from './processes.js';
import { refusalSigns } from './refusals.js';
import { reportSigns } from './reports.js';
import { rotatedSigns } from './rotated.js';
import { serviceSigns } from './services.js';
import { startSigns } from './starts.js';
import type { Sign, SignKind } from './sign.js';
import { workloadSigns } from './workloads.js';

export type { Sign } from './sign.js';

export const signsOf = (chart: Chart): readonly Sign[] => [
  ...processSigns(chart),
  ...nodeSigns(chart),
  ...unregisteredSigns(chart),
  ...healthSigns(chart),
  ...etcdSigns(chart),
  ...leaseSigns(chart),
  ...unitSigns(chart),
  ...absentSigns(chart),
  ...podSigns(chart),
  ...apiServiceSigns(chart),
  ...serviceSigns(chart),
  ...endpointSigns(chart),
  ...neighbourSigns(chart),
  ...workloadSigns(chart),
  ...startSigns(chart),
  ...deletionSigns(chart),
  ...edgeSigns(chart),
  ...refusalSigns(chart),
  ...reportSigns(chart),
  ...rotatedSigns(chart),
];

const edgeSigns = (chart: Chart): readonly Sign[] =>
  provenEdges(chart).flatMap(({ edge, proof }) => {
    if (isWhole(proof)) return [];
    const { client, server } = edge;
    const why = whyOf(edge, proof);
    return [
      {
        kind: 'connection' as const,
        host: client.host,
        also: [server.host],
        subject: { client: `${client.program} ${client.source}`, server: `${server.program} at ${edge.dials}` },
        says: `${client.program} on ${client.host} → ${server.program} on ${server.host} is broken: ${why.join('; ')}`,
        shows: [{ host: client.host, source: client.source, at: chart.now, text: why.join('; ') }],
        next:
          `hold ${edge.clientTrusts?.path ?? client.source} of ${client.host} against ${edge.serverShows.path} ` +
          `of ${server.host}`,
      },
    ];
  });

/** Of these nothing is broken yet. */
const advice = new Set(['not-highly-available']);

/** Nothing that is ill in a cluster does this: somebody did, and all else of that host may follow from it. */
const roots: ReadonlySet<SignKind> = new Set<SignKind>(['process']);

/** What waits: for a disk, for packets, for a server that nobody makes. */
const waiting: readonly SignKind[] = ['readyz', 'health', 'etcd', 'lease', 'node', 'refusal', 'api-service'];

/** What such a case names is itself short of something: a sign of another kind has another cause. */
const onlyExplains: Readonly<Record<string, ReadonlySet<SignKind>>> = {
  'etcd-slow-disk': new Set(waiting),
  'data-path': new Set([...waiting, 'connection', 'pod', 'service', 'deletion', 'report']),
  'namespace-terminating-apiservice': new Set(['api-service', 'deletion', 'refusal']),
};

/**
 * One host's fault breaks that host; a control plane's or the cluster's breaks whoever calls it. What is left has no
 * cause among those that were found.
 */
export const unexplainedOf = (chart: Chart, causes: readonly Diagnosis[]): readonly Sign[] => {
  const grave = flat(causes).filter(one => !advice.has(one.case));
  const explained = (sign: Sign): boolean =>
    explains(
      chart,
      grave.filter(one => onlyExplains[one.case]?.has(sign.kind) ?? true),
    )(sign);
  const signs = signsOf(chart);
  const rooted = new Set(signs.filter(sign => roots.has(sign.kind)).map(sign => sign.host));
  const left = signs.filter(sign => roots.has(sign.kind) || !(rooted.has(sign.host) || explained(sign)));
  return [...new Map(left.map(sign => [`${sign.kind} ${sign.host} ${subjectText(sign.subject)}`, sign])).values()];
};

const explains = (chart: Chart, causes: readonly Diagnosis[]): ((sign: Sign) => boolean) => {
  const ill = new Set(causes.flatMap(one => one.findings.map(finding => finding.host)));
  const central =
    ill.has('cluster') ||
    [...ill].some(name => chart.hosts.get(name)?.roles.some(role => role === 'controlPlane' || role === 'etcd'));
  return sign =>
    central ||
    (sign.host === 'cluster' && ill.size > 0) ||
    [sign.host, ...(sign.also ?? [])].some(name => ill.has(name));
};

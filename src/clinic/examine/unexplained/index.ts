/** The floor under the verdict: what is broken in the chart, and no cause that was found can have broken. */
import type { Chart } from '../../chart/chart.js';
import { provenEdges, whyOf } from '../connections.js';
import { isWhole } from '../../edges/prove.js';
import { flat, type Diagnosis } from '../report.js';
import { subjectText } from '../verdict.js';
import { etcdSigns, healthSigns, unitSigns } from './hosts.js';
import { apiServiceSigns, leaseSigns, nodeSigns } from './nodes.js';
import { podSigns } from './pods.js';
import { processSigns } from './processes.js';
import { refusalSigns } from './refusals.js';
import { serviceSigns } from './services.js';
import { startSigns } from './starts.js';
import type { Sign, SignKind } from './sign.js';
import { workloadSigns } from './workloads.js';

export type { Sign } from './sign.js';

export const signsOf = (chart: Chart): readonly Sign[] => [
  ...processSigns(chart),
  ...nodeSigns(chart),
  ...healthSigns(chart),
  ...etcdSigns(chart),
  ...leaseSigns(chart),
  ...unitSigns(chart),
  ...podSigns(chart),
  ...apiServiceSigns(chart),
  ...serviceSigns(chart),
  ...workloadSigns(chart),
  ...startSigns(chart),
  ...edgeSigns(chart),
  ...refusalSigns(chart),
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

/** Nothing that is ill in a cluster does this: somebody did, and all else may follow from it. */
const roots: ReadonlySet<SignKind> = new Set<SignKind>(['process']);

/** These only make slow: a sign of another kind has another cause, though such a case names a control plane. */
const slowing = new Set(['etcd-slow-disk']);
const slowed: ReadonlySet<SignKind> = new Set(['readyz', 'health', 'etcd', 'lease', 'node', 'refusal', 'api-service']);

/**
 * One host's fault breaks that host; a control plane's or the cluster's breaks whoever calls it. What is left has no
 * cause among those that were found.
 */
export const unexplainedOf = (chart: Chart, causes: readonly Diagnosis[]): readonly Sign[] => {
  const grave = flat(causes).filter(one => !advice.has(one.case));
  const any = explains(chart, grave);
  const breaking = explains(
    chart,
    grave.filter(one => !slowing.has(one.case)),
  );
  const left = signsOf(chart).filter(sign => roots.has(sign.kind) || !(slowed.has(sign.kind) ? any : breaking)(sign));
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

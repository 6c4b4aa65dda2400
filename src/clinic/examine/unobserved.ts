/** Hosts of which nobody knows what they are for: whatever a case did not find may be there. */
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import type { Missing, Verdict } from './verdict.js';

const known = new WeakMap<Chart, readonly Missing[]>();

const unobservedIn = (chart: Chart): readonly Missing[] => {
  const found =
    known.get(chart) ??
    [...chart.hosts.values()]
      .filter(host => host.roles.length === 0 && !chart.stopped?.includes(host.name))
      .flatMap(reason);
  known.set(chart, found);
  return found;
};

/** A host with no role that answered is one with nothing of the cluster on it. */
const reason = (host: HostChart): readonly Missing[] => {
  const unseen = [host.processes, host.files].find(section => 'missing' in section);
  return unseen && 'missing' in unseen
    ? [{ host: host.name, what: 'what it is for', why: unseen.missing, kind: unseen.kind }]
    : [];
};

/** Cases look at hosts by their roles, and so not at these. */
export const downgraded = (verdict: Verdict, chart: Chart): Verdict => {
  const unobserved = unobservedIn(chart);
  return verdict.verdict === 'healthy' && unobserved.length > 0 ? { verdict: 'unknown', missing: unobserved } : verdict;
};

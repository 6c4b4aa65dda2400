/** Hosts of which nobody knows what they are for: whatever a case did not find may be there. */
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import type { Missing, Verdict } from './verdict.js';

const known = new WeakMap<Chart, readonly Missing[]>();

const darkIn = (chart: Chart): readonly Missing[] => {
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
  const blind = [host.processes, host.files].find(section => 'missing' in section);
  return blind && 'missing' in blind ? [{ host: host.name, what: 'what it is for', why: blind.missing }] : [];
};

/** Cases look at hosts by their roles, and so not at these. */
export const doubted = (verdict: Verdict, chart: Chart): Verdict => {
  const dark = darkIn(chart);
  return verdict.verdict === 'healthy' && dark.length > 0 ? { verdict: 'unknown', missing: dark } : verdict;
};

/** A flag of one component that is not as it must be, whoever set the cluster up. */
import type { Resource } from '../../model/resource.js';
import type { Chart } from '../chart/chart.js';
import { isOurs } from '../read/supervision.js';
import { flagSet } from './place.js';
import { restoreAt } from './restore.js';

/**
 * On a cluster of ours its unit as the cluster file wants it; else the flags as given (null: taken away). Empty: where
 * it gets its flags from was not seen.
 */
export const flagPutRight = (
  chart: Chart,
  name: string,
  program: string,
  flags: Readonly<Record<string, string | null>>,
  because: string,
): readonly Resource[] => {
  const host = chart.hosts.get(name);
  const unit = `${program}.service`;
  if (!host) return [];
  return isOurs(chart)
    ? restoreAt(chart, name, `/etc/systemd/system/${unit}`, unit)
    : flagSet(host, program, flags, because);
};

/** Options of the commands that may drain nodes; what they mean is kubectl's. */
import { defaultDrain, type DrainPolicy } from '../model/drain.js';
import type { OptionSpec } from './command.js';
import { waitOf } from './duration.js';

export interface DrainOptions {
  /** False: `--no-drain`. */
  readonly drain?: boolean;
  readonly deleteEmptydirData?: boolean;
  readonly deleteBarePods?: boolean;
  /** `10m`. */
  readonly drainTimeout?: string;
}

export const drainOptions: readonly OptionSpec[] = [
  { flags: '--no-drain', says: 'leave pods where they are, also where upstream wants nodes drained (a minor upgrade)' },
  { flags: '--delete-emptydir-data', says: 'a drain also moves pods that keep data in an emptyDir: it is lost' },
  { flags: '--delete-bare-pods', says: 'a drain also deletes pods that nobody makes again' },
  { flags: '--drain-timeout <time>', says: 'how long one node may take to be drained: 90s, 10m (default 5m)' },
];

export const drainOf = (options: DrainOptions): DrainPolicy | 'off' =>
  options.drain === false
    ? 'off'
    : {
        emptyDir: options.deleteEmptydirData ?? defaultDrain.emptyDir,
        bare: options.deleteBarePods ?? defaultDrain.bare,
        seconds: options.drainTimeout === undefined ? defaultDrain.seconds : waitOf(options.drainTimeout),
      };

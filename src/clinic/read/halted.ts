/** Programs that somebody stopped in the middle (SIGSTOP): what they do not do any more has that one cause. */
import type { HostChart } from '../chart/host-chart.js';

export const isHalted = (host: HostChart, program: string): boolean =>
  'value' in host.processes && host.processes.value.some(one => one.program === program && one.halted === true);

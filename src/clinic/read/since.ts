/** Which came first on a host: the start of a process, the change of a file that it reads, a line of its log. */
import type { ProcessSeen } from '../chart/host-chart.js';

/** Starts are known to some hundredths of a second, and whoever writes a file restarts its reader right behind. */
const slackMs = 250;

/** Whether the process was there already when the file was changed (ISO 8601, by the host's clock). */
export const startedBefore = (process: Pick<ProcessSeen, 'startedAt'>, changedAt: string): boolean =>
  Date.parse(process.startedAt) + slackMs < Date.parse(changedAt);

/**
 * When a line was written, in milliseconds since 1970: journald (short-iso), JSON of etcd and klog, `time="…"`, and
 * klog's own head, which has no year.
 */
export const timeOfLine = (line: string, now: string): number | undefined => {
  const iso = /(?:^|"ts":\s*"|time=")(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)/.exec(
    line,
  )?.[1];
  if (iso !== undefined) {
    const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso.replace(/([+-]\d\d)(\d\d)$/, '$1:$2') : `${iso}Z`;
    return known(Date.parse(zoned.replace(' ', 'T').replace(',', '.')));
  }
  const epoch = /"ts":\s*(\d{10,13}(?:\.\d+)?)/.exec(line)?.[1];
  if (epoch !== undefined) return known(Number(epoch) * (Number(epoch) < 1e11 ? 1000 : 1));
  const [, month, day, clock] = /^[IWEF](\d\d)(\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,3})?)/.exec(line) ?? [];
  return clock === undefined ? undefined : known(Date.parse(`${now.slice(0, 4)}-${month}-${day}T${clock}Z`));
};

const known = (time: number): number | undefined => (Number.isNaN(time) ? undefined : time);

/**
 * Work that goes on while nobody looks: a script, a unit that runs it once, and a timer that starts the unit.
 * The timer waits for nobody: each script looks by itself whether there is something to do.
 */
import type { Resource, Stage } from '../../model/resource.js';
import type { HostContext } from '../input.js';
import { library, units } from '../render/paths.js';
import { type Section, unit } from '../render/unit.js';
import { file, service } from '../wanted.js';

export interface Timed {
  /** `kw-etcd-snapshot`: the names of unit and timer. */
  readonly name: string;
  readonly description: string;
  readonly script: string;
  /** What the script is called with. */
  readonly argument?: string;
  /** Of the unit, beyond its command. */
  readonly service?: Section;
  /** When: `OnCalendar`, or `OnActiveSec` with `OnUnitInactiveSec`. */
  readonly timer: Section;
  readonly stage: Stage;
  readonly because: string;
}

export function timed(context: HostContext, one: Timed): readonly Resource[] {
  const { name, stage, because } = one;
  const path = `${library}/${name.replace(/^kw-/, '')}`;
  const [runs, timer] = [`${units}/${name}.service`, `${units}/${name}.timer`];
  const parts = [
    file(context, path, one.script, { stage, because, mode: 0o755 }),
    file(context, runs, runUnit(one, path), { stage, because }),
    file(context, timer, timerUnit(one), { stage, because }),
  ];
  const started = service(context, `${name}.timer`, { reads: [timer, runs] }, { stage, because }, parts);
  return [...parts, { ...started, after: [...started.after, `${context.host.name}/file/${path}`] }];
}

/** systemd's own lines about each start and end are left out of the journal: what the script says is kept. */
const runUnit = (one: Timed, path: string): string =>
  unit({
    Unit: { Description: one.description },
    Service: {
      Type: 'oneshot',
      ExecStart: one.argument === undefined ? path : `${path} ${one.argument}`,
      LogLevelMax: 'notice',
      SyslogLevel: 'notice',
      TimeoutStartSec: '15min',
      ...one.service,
    },
  });

const timerUnit = (one: Timed): string =>
  unit({
    Unit: { Description: `${one.description} (timer)` },
    Timer: { Unit: `${one.name}.service`, ...one.timer },
    Install: { WantedBy: 'timers.target' },
  });

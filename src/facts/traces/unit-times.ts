/** When units last changed their state, and whether they ended by themselves. */
import type { Fact } from '../../model/fact.js';
import { Unreadable } from '../../model/fact.js';
import { sh } from '../../shell/sh.js';

export interface UnitTimes {
  readonly active: string;
  /** `success`: it was stopped, or never failed; otherwise systemd's word for its end. */
  readonly result: string;
  /** Seconds since 1970; absent: it has not changed since the boot. */
  readonly changed?: number;
}

const properties = ['ActiveState', 'Result', 'StateChangeTimestamp'];

/** One by one: systemd says nothing of a name that is not valid, and must then say nothing of it alone. */
export const unitTimes = (units: readonly string[]): Fact<readonly UnitTimes[]> => ({
  id: 'unit-times',
  question: {
    ask: 'host',
    script: sh`for u in ${units}; do
  TZ=UTC systemctl show ${properties.flatMap(one => ['-p', one])} -- "$u" 2>/dev/null; echo --
done`,
  },
  parse: output => {
    const parts = output.split(/^--$/m).slice(0, -1);
    if (parts.length !== units.length) throw new Unreadable('unit-times', output, 'not an answer for each unit');
    return parts.map(timesIn);
  },
});

function timesIn(part: string): UnitTimes {
  const field = (name: string): string => new RegExp(`^${name}=([^\\n]{0,80})$`, 'm').exec(part)?.[1] ?? '';
  const [, day, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/.exec(field('StateChangeTimestamp')) ?? [];
  const changed = Date.parse(`${day}T${time}Z`) / 1000;
  return { active: field('ActiveState'), result: field('Result'), ...(Number.isFinite(changed) ? { changed } : {}) };
}

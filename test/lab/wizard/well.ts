/** A cluster that is well gives no alarm, however young or busy it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../../../src/clinic/examine/report.js';
import { doctor, ofTheMachine } from '../clinic/play-fault.js';
import type { Stage } from '../scenario.js';

/** A machine so busy that an API server answers too late has an illness for that while; what stays is an alarm. */
const looks = 6;
const pause = 20_000;

/** Throws where the doctor has still something to say after the last look; what went by itself is said loudly. */
export const nobodyIll = async (t: Stage, when: string): Promise<void> => {
  for (let look = 1; ; look++) {
    const alarms = alarmsOf(await doctor({ kw: (command, args) => t.kw([command, ...args]) }));
    if (alarms.length === 0) return;
    if (look === looks) throw new Error(`false alarms ${when}:\n${alarms.join('\n')}`);
    t.note(`!!! an alarm ${when}, look ${look}: ${alarms.join('; ')}`);
    await sleep(pause);
  }
};

const alarmsOf = ({ causes, unexplained = [], blind }: Report): readonly string[] => [
  ...causes
    .filter(one => !ofTheMachine.includes(`${one.case}/${one.variant}`))
    .map(one => `${one.case}/${one.variant}: ${one.findings.map(({ host, says }) => `${host}: ${says}`).join(', ')}`),
  ...unexplained.map(sign => JSON.stringify(sign)),
  ...blind.map(missing => JSON.stringify(missing)),
];

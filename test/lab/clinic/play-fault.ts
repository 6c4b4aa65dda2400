/** break → the symptom appears → the doctor names it → heal → all well, and a second heal changes nothing. */
import type { Diagnosis, Report } from '../../../src/clinic/examine/report.js';
import type { FaultVariant, LabCluster } from '../../../src/lab/faults/fault.js';
import { awaitSymptom, breakIt, type Install, type OnHost, symptomNow } from '../../../src/lab/faults/break.js';
import type { Row } from './row.js';

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Play {
  readonly lab: LabCluster;
  readonly on: OnHost;
  readonly install?: Install;
  /** The program, with what leads to the cluster: a cluster file or --hosts. */
  readonly kw: (command: 'doctor' | 'heal', args: readonly string[]) => Promise<Said>;
  readonly name: string;
  readonly note: (says: string) => void;
}

/** Ills of a machine that carries all hosts on one disk: they come and go with its load, and no cluster is to blame. */
export const ofTheMachine: readonly string[] = ['etcd-slow-disk/fsync', 'etcd-slow-disk/heartbeats-late'];

export interface Healed {
  readonly exitCode: number;
  readonly cured: readonly string[];
  readonly refused: readonly { readonly finding: string; readonly refused: string }[];
  readonly takenBack: readonly string[];
  readonly problems: readonly string[];
  readonly left: readonly string[];
}

export const doctor = async ({ kw }: Pick<Play, 'kw'>): Promise<Report> => {
  const { code, stdout, stderr } = await kw('doctor', ['--json']);
  if (![0, 2, 3].includes(code)) throw new Error(`kw doctor: exit code ${code}: ${stderr.trim().slice(-400)}`);
  return JSON.parse(stdout) as Report;
};

export const heal = async ({ kw, name }: Play, ...cases: readonly string[]): Promise<Healed> => {
  const { code, stdout, stderr } = await kw('heal', [...cases, '--yes', '--yes-i-mean', name, '--json']);
  const last = stdout
    .trim()
    .split('\n')
    .reverse()
    .find(line => line.startsWith('{"type":"healed"'));
  if (last === undefined) throw new Error(`kw heal: exit code ${code}: ${stderr.trim().slice(-400)}`);
  return JSON.parse(last) as Healed;
};

export const namesOf = (causes: readonly Diagnosis[]): readonly string[] =>
  causes.map(one => `${one.case}/${one.variant}`);

/** A cluster that is well gives no alarm, however young it is; `says` tells which one. */
export const noAlarm = async (kw: (args: readonly string[]) => Promise<Said>, says: string): Promise<void> => {
  const report = await doctor({ kw: (command, args) => kw([command, ...args]) });
  const alarms = report.causes
    .filter(one => !ofTheMachine.includes(`${one.case}/${one.variant}`))
    .map(one => `${one.case}/${one.variant}: ${one.findings[0]?.says}`);
  if (alarms.length > 0) throw new Error(`false alarms on ${says}:\n${alarms.join('\n')}`);
};

const secondsSince = (began: number): number => Math.round((performance.now() - began) / 100) / 10;
const why = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 300);

export const playFault = async (play: Play, id: string, variant: string, fault: FaultVariant): Promise<Row> => {
  const planes = play.lab.hosts.filter(host => host.roles.includes('controlPlane')).length;
  const head = {
    at: new Date().toISOString(),
    built: play.lab.built,
    ...(planes !== 3 && { planes }),
    case: id,
    variant,
  };
  const name = `${id}/${variant}`;
  const dark = { sensitive: false, others: [] };
  const before = await doctor(play).then(
    report => namesOf(report.causes),
    error => why(error),
  );
  if (typeof before === 'string') return { ...head, symptom: `not tried: ${before}`, ...dark, cured: 'not tried' };
  const symptom = await noticed(play, fault);
  play.note(`${name}: symptom ${typeof symptom === 'number' ? `after ${symptom} s` : `missing: ${symptom}`}`);
  if (typeof symptom !== 'number') return { ...head, symptom, ...dark, cured: 'not tried' };
  const began = performance.now();
  const seen = await named(play, name, [...(fault.also ?? []), ...before, ...ofTheMachine]).catch(error => why(error));
  if (typeof seen === 'string') return { ...head, symptom, ...dark, cured: `not tried: ${seen}` };
  const { sensitive, others } = seen;
  play.note(
    `${name}: ${sensitive ? 'named' : 'NOT NAMED'}${others.length > 0 ? `, besides ${others.join(', ')}` : ''} (${secondsSince(began)} s)`,
  );
  const diagnosed = {
    ...head,
    ...(before.length > 0 && { before }),
    symptom,
    sensitive,
    others,
    ...(sensitive && { diagnosis: seen.seconds }),
  };
  if (!sensitive) return { ...diagnosed, cured: 'not tried' };
  return {
    ...diagnosed,
    ...(await healed(play, name, fault, [...before, ...ofTheMachine]).catch(error => ({ cured: why(error) }))),
  };
};

const noticed = async ({ lab, on, install }: Play, fault: FaultVariant): Promise<number | string> => {
  try {
    await breakIt(fault, lab, on, install);
    return Math.round((await awaitSymptom(fault, lab, on)).seconds * 10) / 10;
  } catch (error) {
    return why(error);
  }
};

/** The last look counts: effects of a fault come one after another, and so may its traces. */
const named = async (
  play: Play,
  name: string,
  expected: readonly string[],
): Promise<{ readonly sensitive: boolean; readonly others: readonly string[]; readonly seconds: number }> => {
  const began = performance.now();
  for (let tries = 1; ; tries += 1) {
    const leading = namesOf((await doctor(play)).causes);
    const sensitive = leading.includes(name);
    const others = leading.filter(one => one !== name && !expected.includes(one));
    if ((sensitive && others.length === 0) || tries === 4) return { sensitive, others, seconds: secondsSince(began) };
    await new Promise(resolve => setTimeout(resolve, 8000));
  }
};

const healed = async (
  play: Play,
  name: string,
  fault: FaultVariant,
  known: readonly string[],
): Promise<Pick<Row, 'cured' | 'healing' | 'gone' | 'after' | 'again'>> => {
  const began = performance.now();
  const first = await heal(play, name);
  const healing = secondsSince(began);
  play.note(`${name}: heal ${first.exitCode} in ${healing} s ${first.problems.join('; ').slice(0, 300)}`);
  if (first.refused.some(one => one.finding.startsWith(`${name} `)) && first.cured.length === 0)
    return { cured: 'refused', healing };
  if (first.exitCode !== 0)
    return {
      cured: `exit code ${first.exitCode}: ${[...first.problems, ...first.left.map(key => `left: ${key}`)].join('; ').slice(0, 400)}`,
      healing,
    };
  if (first.cured.length === 0) return { cured: 'nothing was found ill', healing };
  const script = typeof fault.symptom.script === 'string' ? fault.symptom.script : fault.symptom.script(play.lab);
  const isLog = /journalctl|\/var\/log\/|describe|get events/.test(script);
  const gone = await lastSymptom(play, fault, isLog ? 1 : 5);
  const after = await allWell(play, known);
  if (after.length > 0) play.note(`${name}: ill after the cure: ${after.join(', ')}`);
  const again = await heal(play, name);
  return {
    cured: 'yes',
    healing,
    after,
    gone: gone === undefined ? true : isLog ? 'log' : false,
    again:
      again.exitCode === 0 && again.cured.length === 0
        ? 'nothing'
        : `exit code ${again.exitCode}, ${again.cured.join(', ')}`,
  };
};

/** All other cases are healthy too: what leads after the cure, once its effects had time to pass. */
const allWell = async (play: Play, known: readonly string[]): Promise<readonly string[]> => {
  for (let tries = 1; ; tries += 1) {
    const left = namesOf((await doctor(play)).causes).filter(one => !known.includes(one));
    if (left.length === 0 || tries === 4) return left;
    await new Promise(resolve => setTimeout(resolve, 8000));
  }
};

/** What is cured may still be said for a moment: a kubelet reports its node every few seconds. */
const lastSymptom = async ({ lab, on }: Play, fault: FaultVariant, most: number): Promise<string | undefined> => {
  for (let tries = 1; ; tries += 1) {
    const line = await symptomNow(fault, lab, on);
    if (line === undefined || tries === most) return line;
    await new Promise(resolve => setTimeout(resolve, 4000));
  }
};

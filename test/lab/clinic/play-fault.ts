/** break → the symptom appears → the doctor names it → heal → all well, and a second heal changes nothing. */
import type { Diagnosis, Report } from '../../../src/clinic/examine/report.js';
import type { FaultVariant, LabCluster } from '../../../src/lab/faults/fault.js';
import { awaitSymptom, breakIt, type Install, type OnHost, symptomNow } from '../../../src/lab/faults/break.js';
import type { Row } from './row.js';

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Play {
  readonly lab: LabCluster;
  readonly on: OnHost;
  readonly install?: Install;
  /** The program, with what leads to the cluster: a cluster file or --hosts. */
  readonly kw: (command: 'doctor' | 'heal', args: readonly string[]) => Promise<Output>;
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
  /** What led when it looked first. */
  readonly seen: readonly string[];
}

export const doctor = async ({ kw }: Pick<Play, 'kw'>): Promise<Report> => {
  const { code, stdout, stderr } = await kw('doctor', ['--json']);
  if (![0, 2, 3].includes(code)) throw new Error(`kw doctor: exit code ${code}: ${stderr.trim().slice(-400)}`);
  return JSON.parse(stdout) as Report;
};

export const heal = async ({ kw, name }: Play, ...cases: readonly string[]): Promise<Healed> => {
  const { code, stdout, stderr } = await kw('heal', [...cases, '--yes', '--yes-i-mean', name, '--json']);
  const lines = stdout.trim().split('\n');
  const last = lines.findLast(line => line.startsWith('{"type":"healed"'));
  if (last === undefined) throw new Error(`kw heal: exit code ${code}: ${stderr.trim().slice(-400)}`);
  const first = lines.find(line => line.includes('"type":"examination"'));
  if (first === undefined) throw new Error(`kw heal: it ended without a look: ${stderr.trim().slice(-400)}`);
  const { causes } = JSON.parse(first) as { readonly causes: readonly string[] };
  return {
    ...(JSON.parse(last) as Omit<Healed, 'seen'>),
    seen: [...new Set(causes.map(key => key.split(' ')[0] ?? ''))],
  };
};

export const namesOf = (causes: readonly Diagnosis[]): readonly string[] =>
  causes.map(one => `${one.case}/${one.variant}`);

const secondsSince = (began: number): number => Math.round((performance.now() - began) / 100) / 10;
const why = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 300);

/** A fault, and the cluster as it is to see it: another host may stand where it takes the first worker. */
export interface Trial {
  readonly case: string;
  readonly variant: string;
  readonly fault: FaultVariant;
  readonly lab?: LabCluster;
}

export const nameOf = (trial: { readonly case: string; readonly variant: string }): string =>
  `${trial.case}/${trial.variant}`;

const dark = { sensitive: false, others: [] };

/**
 * Faults that do not touch each other are broken, diagnosed and healed at once; each row is judged by its own names.
 * `well`: the round before ended with a look that found nothing, and nobody has touched the cluster since.
 */
export const playRound = async (play: Play, trials: readonly Trial[], well = false): Promise<readonly Row[]> => {
  const known = well
    ? []
    : await doctor(play).then(
        report => namesOf(report.causes),
        error => why(error),
      );
  if (typeof known === 'string')
    return trials.map(one => ({ ...head(play, one), symptom: `not tried: ${known}`, ...dark, cured: 'not tried' }));
  const symptoms = await allNoticed(play, trials);
  const shown = trials.map((one, at) => ({
    ...head(play, one),
    ...(trials.length > 1 && { with: trials.map(nameOf).filter(name => name !== nameOf(one)) }),
    ...(known.length > 0 && { before: known }),
    symptom: symptoms[at] ?? 'not tried',
  }));
  if (!symptoms.every(one => typeof one === 'number'))
    return shown.map(row => ({ ...row, ...dark, cured: 'not tried' }));
  const expected = [...trials.flatMap(one => one.fault.also ?? []), ...known, ...ofTheMachine];
  const seen = await named(play, trials.map(nameOf), expected).catch(error => why(error));
  if (typeof seen === 'string') return shown.map(row => ({ ...row, ...dark, cured: `not tried: ${seen}` }));
  const diagnosed = shown.map(row => ({ ...row, ...seen(nameOf(row)) }));
  if (!diagnosed.every(row => row.sensitive)) return diagnosed.map(row => ({ ...row, cured: 'not tried' }));
  const outcomes = await healed(play, trials, [...known, ...ofTheMachine]).catch(error =>
    trials.map(() => ({ cured: why(error) })),
  );
  return diagnosed.map((row, at) => ({ ...row, ...(outcomes[at] ?? { cured: 'not tried' }) }));
};

const head = ({ lab }: Play, one: Trial): Pick<Row, 'at' | 'built' | 'kubernetes' | 'planes' | 'case' | 'variant'> => {
  const planes = lab.hosts.filter(host => host.roles.includes('controlPlane')).length;
  return {
    at: new Date().toISOString(),
    built: lab.built,
    kubernetes: lab.kubernetes,
    ...(planes !== 3 && { planes }),
    case: one.case,
    variant: one.variant,
  };
};

/** All are broken first; then each symptom is waited for in turn, since scripts that show one share names (a pod, a namespace). */
const allNoticed = async (play: Play, trials: readonly Trial[]): Promise<readonly (number | string)[]> => {
  const broken: (string | undefined)[] = [];
  for (const { fault, lab = play.lab } of trials)
    broken.push(
      await breakIt(fault, lab, play.on, play.install).then(
        () => undefined,
        error => why(error),
      ),
    );
  const symptoms: (number | string)[] = [];
  for (const [at, one] of trials.entries()) {
    const symptom = broken[at] ?? (await noticed(play, one));
    symptoms.push(symptom);
    play.note(`${nameOf(one)}: symptom ${typeof symptom === 'number' ? `after ${symptom} s` : `missing: ${symptom}`}`);
  }
  return symptoms;
};

const noticed = async ({ lab, on }: Play, one: Trial): Promise<number | string> => {
  try {
    return Math.round((await awaitSymptom(one.fault, one.lab ?? lab, on)).seconds * 10) / 10;
  } catch (error) {
    return why(error);
  }
};

/** Of one name: whether it was named, and what else was. */
type Seen = (name: string) => Pick<Row, 'sensitive' | 'others' | 'diagnosis'>;

/** The last look counts: effects of a fault come one after another, and so may its traces. */
const named = async (play: Play, names: readonly string[], expected: readonly string[]): Promise<Seen> => {
  const began = performance.now();
  for (let tries = 1; ; tries += 1) {
    const leading = namesOf((await doctor(play)).causes);
    const others = leading.filter(one => !names.includes(one) && !expected.includes(one));
    const done = names.every(name => leading.includes(name)) && others.length === 0;
    if (!done && tries < 4) {
      await new Promise(resolve => setTimeout(resolve, 8000));
      continue;
    }
    const seconds = secondsSince(began);
    const unnamed = names.filter(name => !leading.includes(name));
    play.note(
      `${names.join(' and ')}: ${unnamed.length === 0 ? 'named' : `NOT NAMED: ${unnamed.join(', ')}`}${others.length > 0 ? `, besides ${others.join(', ')}` : ''} (${seconds} s)`,
    );
    return name =>
      leading.includes(name) ? { sensitive: true, others, diagnosis: seconds } : { sensitive: false, others };
  }
};

type Outcome = Pick<Row, 'cured' | 'healing' | 'gone' | 'after' | 'again'>;

const healed = async (play: Play, trials: readonly Trial[], known: readonly string[]): Promise<readonly Outcome[]> => {
  const names = trials.map(nameOf);
  const began = performance.now();
  const first = await heal(play, ...names);
  const healing = secondsSince(began);
  play.note(
    `${names.join(' and ')}: heal ${first.exitCode} in ${healing} s ${first.problems.join('; ').slice(0, 300)}`,
  );
  const cured = names.map(name => verdictOf(first, name, names.length === 1));
  if (!cured.includes('yes')) return cured.map(one => ({ cured: one, healing }));
  const gone: Row['gone'][] = [];
  for (const one of trials) gone.push(await isGone(play, one));
  const { after, second } = await again(play, names, known);
  if (after.length > 0) play.note(`${names.join(' and ')}: ill after the cure: ${after.join(', ')}`);
  const quiet = second.exitCode === 0 && second.cured.length === 0;
  const did = quiet ? 'nothing' : `exit code ${second.exitCode}, ${second.cured.join(', ')}`;
  return cured.map((one, at) =>
    one === 'yes' ? { cured: one, healing, after, gone: gone[at] ?? false, again: did } : { cured: one, healing },
  );
};

/**
 * All other cases are healthy too, and a second heal finds nothing to do: its own look says both. Where something leads
 * yet, its effects get the time to pass, and it is healed once more.
 */
const again = async (
  play: Play,
  names: readonly string[],
  known: readonly string[],
): Promise<{ readonly after: readonly string[]; readonly second: Healed }> => {
  const second = await heal(play, ...names);
  const quiet = second.exitCode === 0 && second.seen.every(one => known.includes(one));
  if (quiet) return { after: [], second };
  const after = await allWell(play, known);
  return { after, second: second.cured.length > 0 ? second : await heal(play, ...names) };
};

/** `alone`: all that was cured belongs to this name, also where it is listed under another one. */
const verdictOf = (first: Healed, name: string, alone: boolean): string => {
  const own = first.cured.filter(one => alone || one.startsWith(`${name} `));
  if (first.refused.some(one => one.finding.startsWith(`${name} `)) && own.length === 0) return 'refused';
  if (first.exitCode !== 0)
    return `exit code ${first.exitCode}: ${[...first.problems, ...first.left.map(key => `left: ${key}`)].join('; ').slice(0, 400)}`;
  return own.length === 0 ? 'nothing was found ill' : 'yes';
};

const isGone = async (play: Play, { fault, lab = play.lab }: Trial): Promise<boolean | 'log'> => {
  const script = typeof fault.symptom.script === 'string' ? fault.symptom.script : fault.symptom.script(lab);
  const isLog = /journalctl|\/var\/log\/|describe|get events/.test(script);
  const left = await lastSymptom({ ...play, lab }, fault, isLog ? 0 : (fault.symptom.lingers ?? 16));
  return left === undefined ? true : isLog ? 'log' : false;
};

/** What leads after the cure, once its effects had time to pass. */
const allWell = async (play: Play, known: readonly string[]): Promise<readonly string[]> => {
  for (let tries = 1; ; tries += 1) {
    const left = namesOf((await doctor(play)).causes).filter(one => !known.includes(one));
    if (left.length === 0 || tries === 4) return left;
    await new Promise(resolve => setTimeout(resolve, 8000));
  }
};

/** What is cured may still be said for a moment: a kubelet reports its node every few seconds. */
const lastSymptom = async ({ lab, on }: Play, fault: FaultVariant, seconds: number): Promise<string | undefined> => {
  for (let waited = 0; ; waited += 4) {
    const line = await symptomNow(fault, lab, on);
    if (line === undefined || waited >= seconds) return line;
    await new Promise(resolve => setTimeout(resolve, 4000));
  }
};

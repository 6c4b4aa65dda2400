/**
 * The clinic's table: every case and variant that the lab can carry, on one cluster, in rounds of up to three:
 * `node --import tsx test/lab/clinic/table.ts --built kubewizard|kubeadm|both --lab clinic --dir DIR [--only WORD]…`
 * `--debian`: Kubernetes of Debian's source, where a cluster of ours else is of the newest minor that can be had here;
 * `--skip-done`: what is good already is left out; `--changed PART`: what is good and has not changed since in that part
 * (`case`, `fault`, `clinic`, `heal`; `all`); `--resume`: goes on with the run that was stopped; `--singly`: no rounds.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { newestHere } from '../../../src/artifacts/index.js';
import { debianVersion } from '../../../src/catalog/index.js';
import { cases } from '../../../src/clinic/cases/index.js';
import type { LabCluster } from '../../../src/lab/faults/fault.js';
import { unfit } from '../../../src/lab/faults/break.js';
import { faultOf } from '../../../src/lab/faults/index.js';
import { changedSince, commitOf, dependencies, groups, parts } from './digest.js';
import { nameOf, playRound, type Trial } from './play-fault.js';
import { rounds } from './rounds.js';
import { type Depends, isGood, latest, minorOf, type Row } from './row.js';
import { openTestbed, type Testbed } from './testbed.js';

export const trials = async (lab: LabCluster, chosen: (name: string) => boolean): Promise<readonly Trial[]> => {
  const all = cases.flatMap(({ id }) =>
    Object.entries(faultOf(id)?.variants ?? {}).map(([variant, fault]): Trial => ({ case: id, variant, fault })),
  );
  const fit = all.filter(one => chosen(`${one.case}/${one.variant}`) && unfit(one.fault, lab) === undefined);
  // What packages it brings onto a host stays there: such come last.
  return [...fit.filter(one => !one.fault.needs?.packages), ...fit.filter(one => one.fault.needs?.packages)];
};

/**
 * A row for each; one that is not good is followed by a restored cluster. A round in which any row is not good counts for
 * nothing: its trials are played once more, one by one.
 */
export const playAll = async (
  testbed: Testbed,
  todo: readonly (readonly Trial[])[],
  tell: (row: Row) => Promise<void>,
): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  let well = false;
  for (const round of todo) {
    const together = await playRound(testbed.play, round, well);
    well = together.every(row => isGood(row) && row.cured === 'yes' && !row.before);
    if (round.length > 1 && !together.every(isGood)) {
      testbed.play.note(`the round went wrong, and is played one by one: ${JSON.stringify(together)}`);
      for (const one of round) await tidied(testbed, one);
      await testbed.restore();
      rows.push(
        ...(await playAll(
          testbed,
          round.map(({ lab: _, ...trial }) => [trial]),
          tell,
        )),
      );
      continue;
    }
    rows.push(...together);
    for (const row of together) await tell(row);
    for (const one of round) await tidied(testbed, one);
    well &&= !round.some(one => one.fault.tidy);
    if (together.some(row => row.cured !== 'yes' || !isGood(row))) await testbed.restore();
  }
  return rows;
};

const tidied = async ({ play: { lab, on, note } }: Testbed, { fault, lab: seen = lab }: Trial): Promise<void> => {
  if (!fault.tidy) return;
  for (const host of [fault.on(seen)].flat()) {
    const { code, output } = await on(host, fault.tidy, 300);
    if (code !== 0)
      note(
        `${host} is not tidy, and the next trial meets what is left: exit code ${code}: ${output.trim().slice(-200)}`,
      );
  }
};

export const readRows = async (file: string): Promise<readonly Row[]> =>
  (await readFile(file, 'utf8').catch(() => ''))
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as Row);

/** What a run is to play: pure. `began`: rows from then on are this run's own, from before it was stopped. */
export const left = <T extends { readonly case: string; readonly variant: string }>(
  all: readonly T[],
  rows: readonly Row[],
  want: {
    readonly skipDone?: boolean;
    readonly changed?: readonly (keyof Depends)[];
    readonly began?: string;
    readonly depends: (id: string) => Depends;
  },
): readonly T[] => {
  const last = new Map(latest(rows).map(row => [nameOf(row), row]));
  return all.filter(one => {
    const row = last.get(nameOf(one));
    if (!row || !isGood(row)) return true;
    if (want.began !== undefined && row.at >= want.began) return false;
    if (want.changed) return changedSince(row, want.depends(one.case)).some(part => want.changed?.includes(part));
    return !want.skipDone;
  });
};

const options = {
  built: { type: 'string', default: 'kubewizard' },
  lab: { type: 'string', default: 'clinic' },
  hosts: { type: 'string', default: '5' },
  debian: { type: 'boolean', default: false },
  dir: { type: 'string' },
  only: { type: 'string', multiple: true, default: [] as string[] },
  'skip-done': { type: 'boolean', default: false },
  changed: { type: 'string', multiple: true, default: [] as string[] },
  resume: { type: 'boolean', default: false },
  singly: { type: 'boolean', default: false },
  kw: { type: 'string', default: resolve('kw') },
  rows: { type: 'string', default: resolve('docs/clinic.jsonl') },
} as const;

const main = async (): Promise<number> => {
  const { values } = parseArgs({ options });
  if (values.built === 'both') return both(process.argv.slice(2), values.lab, values.dir);
  const built = values.built === 'kubeadm' ? 'kubeadm' : 'kubewizard';
  const dir = resolve(values.dir ?? `dist/test/clinic-${built}`);
  await mkdir(dir, { recursive: true });
  const note = (says: string): void => {
    process.stdout.write(`${built} ${new Date().toISOString().slice(11, 19)} ${says}\n`);
  };
  const depends = dependencies(resolve('.'));
  const commit = commitOf(resolve('.'));
  const began = await beginning(join(dir, 'run.json'), values.resume);
  const testbed = await openTestbed({
    built,
    version: values.debian ? { kubernetes: debianVersion, source: 'debian' } : await newestHere(),
    labName: values.lab,
    hosts: Number(values.hosts),
    kw: values.kw,
    dir,
    note,
  });
  const rows = (await readRows(values.rows)).filter(
    row => row.built === built && minorOf(row) === minorOf(testbed.play.lab),
  );
  const todo = left(
    await trials(testbed.play.lab, name => values.only.length === 0 || values.only.some(word => name.includes(word))),
    rows,
    {
      skipDone: values['skip-done'],
      ...(values.changed.length > 0 && {
        changed: parts.filter(part => values.changed.includes('all') || values.changed.includes(part)),
      }),
      ...(values.resume && { began }),
      depends,
    },
  );
  // What was refused by design, or failed the last time, is not a company for others.
  const lonely = latest(rows)
    .filter(row => row.cured === 'refused' || !isGood(row))
    .map(nameOf);
  const order = values.singly ? todo.map(one => [one]) : rounds(todo, testbed.play.lab, groups(resolve('.')), lonely);
  note(`${todo.length} faults in ${order.length} rounds`);
  const played = await playAll(testbed, order, async row => {
    note(`${isGood(row) ? 'good' : 'BAD '} ${JSON.stringify(row)}`);
    const whole: Row = { ...row, ...(commit !== undefined && { commit }), depends: depends(row.case) };
    await appendFile(values.rows, `${JSON.stringify(whole)}\n`);
  });
  note(`${played.filter(isGood).length} of ${played.length} good`);
  return played.every(isGood) ? 0 : 1;
};

/** When the run began that this one goes on with, or this one. */
const beginning = async (file: string, resume: boolean): Promise<string> => {
  const before = resume ? await readFile(file, 'utf8').catch(() => undefined) : undefined;
  if (before !== undefined) return (JSON.parse(before) as { readonly began: string }).began;
  const began = new Date().toISOString();
  await writeFile(file, JSON.stringify({ began }));
  return began;
};

/** Both kinds of clusters side by side, each in a process and a lab of its own: a row is one short line, appended at once. */
const both = async (argv: readonly string[], lab: string, dir: string | undefined): Promise<number> => {
  const codes = await Promise.all(
    (['kubewizard', 'kubeadm'] as const).map(async built => {
      const own = [
        '--built',
        built,
        '--lab',
        `${lab}-${built}`,
        ...(dir === undefined ? [] : ['--dir', join(dir, built)]),
      ];
      const script = process.argv[1] ?? '';
      const child = spawn(process.execPath, ['--import', 'tsx', script, ...argv, ...own], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      const [code] = (await once(child, 'close')) as [number | null];
      return code ?? 137;
    }),
  );
  return Math.max(...codes);
};

if (process.argv[1]?.endsWith('table.ts')) process.exit(await main());

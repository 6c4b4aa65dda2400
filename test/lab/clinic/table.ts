/**
 * The clinic's table: every case and variant that the lab can carry, one after another, on one cluster:
 * `node --import tsx test/lab/clinic/table.ts --built kubewizard --lab clinic --dir DIR [--only WORD]… [--skip-done] [--kw PROGRAM]`
 */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cases } from '../../../src/clinic/cases/index.js';
import type { FaultVariant, LabCluster } from '../../../src/lab/faults/fault.js';
import { unfit } from '../../../src/lab/faults/break.js';
import { faultOf } from '../../../src/lab/faults/index.js';
import { playFault } from './play-fault.js';
import { isGood, type Row } from './row.js';
import { openWard, type Ward } from './ward.js';

export interface Trial {
  readonly case: string;
  readonly variant: string;
  readonly fault: FaultVariant;
}

export const trials = async (lab: LabCluster, chosen: (name: string) => boolean): Promise<readonly Trial[]> => {
  const all = cases.flatMap(({ id }) =>
    Object.entries(faultOf(id)?.variants ?? {}).map(([variant, fault]): Trial => ({ case: id, variant, fault })),
  );
  const fit = all.filter(one => chosen(`${one.case}/${one.variant}`) && unfit(one.fault, lab) === undefined);
  // What packages it brings onto a host stays there: such come last.
  return [...fit.filter(one => !one.fault.needs?.packages), ...fit.filter(one => one.fault.needs?.packages)];
};

/** Appends a row for each to `file`; a row that is not good is followed by a restored cluster. */
export const playAll = async (
  ward: Ward,
  todo: readonly Trial[],
  tell: (row: Row) => Promise<void>,
): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for (const one of todo) {
    const row = await playFault(ward.play, one.case, one.variant, one.fault);
    rows.push(row);
    await tell(row);
    if (one.fault.tidy) await tidied(ward, one.fault, one.fault.tidy);
    if (row.cured !== 'yes' || !isGood(row)) await ward.restore();
  }
  return rows;
};

const tidied = async ({ play: { lab, on, note } }: Ward, fault: FaultVariant, script: string): Promise<void> => {
  for (const host of [fault.on(lab)].flat()) {
    const { code, said } = await on(host, script, 300);
    if (code !== 0)
      note(`${host} is not tidy, and the next trial meets what is left: exit code ${code}: ${said.trim().slice(-200)}`);
  }
};

export const readRows = async (file: string): Promise<readonly Row[]> =>
  (await readFile(file, 'utf8').catch(() => ''))
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as Row);

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      built: { type: 'string', default: 'kubewizard' },
      lab: { type: 'string', default: 'clinic' },
      hosts: { type: 'string', default: '4' },
      dir: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      'skip-done': { type: 'boolean', default: false },
      kw: { type: 'string', default: resolve('kw') },
      rows: { type: 'string', default: resolve('docs/clinic.jsonl') },
    },
  });
  const built = values.built === 'kubeadm' ? 'kubeadm' : 'kubewizard';
  const dir = resolve(values.dir ?? `dist/test/clinic-${built}`);
  await mkdir(dir, { recursive: true });
  const note = (says: string): void => {
    process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${says}\n`);
  };
  const ward = await openWard({ built, labName: values.lab, hosts: Number(values.hosts), kw: values.kw, dir, note });
  const done = new Set(
    values['skip-done']
      ? (await readRows(values.rows))
          .filter(row => row.built === built && isGood(row))
          .map(row => `${row.case}/${row.variant}`)
      : [],
  );
  const todo = await trials(
    ward.play.lab,
    name => !done.has(name) && (values.only.length === 0 || values.only.some(word => name.includes(word))),
  );
  const rows = await playAll(ward, todo, async row => {
    note(`${isGood(row) ? 'good' : 'BAD '} ${JSON.stringify(row)}`);
    await appendFile(values.rows, `${JSON.stringify(row)}\n`);
  });
  note(`${rows.filter(isGood).length} of ${rows.length} good`);
  return rows.every(isGood) ? 0 : 1;
};

if (process.argv[1]?.endsWith('table.ts')) process.exit(await main());

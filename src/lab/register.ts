/** A lab is on record before anything of it exists, together with the script that ends it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { noteSysctls } from './hosts/machine.js';
import { run } from './run.js';
import { labDirectory, labNames, type LabRecord, readRecord, writeRecord } from './state.js';
import { labOffScript } from './teardown.js';
import type { LabWorld } from './world.js';

/** The lab's directory exists. */
export const register = async (world: LabWorld, record: LabRecord): Promise<void> => {
  const directory = labDirectory(world, record.name);
  await writeFile(join(directory, 'names'), `${record.id} ${record.subnet}\n`);
  await writeFile(join(directory, 'down.sh'), labOffScript);
  await noteSysctls(join(world.cache, 'lab', 'sysctls'));
  await writeRecord(world, record);
};

/** Subnets of other labs of this cache, and of every network of the machine. */
export const takenSubnets = async (world: LabWorld): Promise<readonly string[]> => {
  const records = await Promise.all((await labNames(world)).map(other => readRecord(world, other)));
  const routes = (await run(['ip', '-4', 'route', 'show', 'table', 'all']))
    .split('\n')
    .map(line => line.replace(/^unreachable /, '').split(' ')[0] ?? '');
  return [...records.flatMap(record => (record ? [record.subnet] : [])), ...routes];
};

/** The file that remembers a lab, written before anything of it is made, so that any process can take it down. */
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WorldFailed } from '../model/event.js';
import type { LabWorld } from './world.js';

/** What lies on disk. What runs is asked of the machine each time: a recorded pid could be somebody else's. */
export interface LabRecord {
  readonly name: string;
  /** Bridge, and prefix of network namespaces, machine names and cgroups. */
  readonly id: string;
  readonly subnet: string;
  /** The base image under its hosts. */
  readonly base: string;
  readonly hosts: readonly HostRecord[];
}

export interface HostRecord {
  readonly name: string;
  readonly address: string;
  /** Last octet of the address. */
  readonly octet: number;
  readonly machineId: string;
}

export const labDirectory = (world: LabWorld, name: string): string => join(world.cache, 'lab', name);
export const hostDirectory = (world: LabWorld, lab: string, host: string): string =>
  join(labDirectory(world, lab), 'hosts', host);

export const readRecord = async (world: LabWorld, name: string): Promise<LabRecord | undefined> => {
  const file = join(labDirectory(world, name), 'state.json');
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as LabRecord) : undefined;
};

export const writeRecord = async (world: LabWorld, record: LabRecord): Promise<void> => {
  const file = join(labDirectory(world, record.name), 'state.json');
  await writeFile(`${file}.part`, `${JSON.stringify(record, undefined, 2)}\n`);
  await rename(`${file}.part`, file);
};

export const labNames = async (world: LabWorld): Promise<readonly string[]> => {
  const directory = join(world.cache, 'lab');
  const names = existsSync(directory) ? await readdir(directory) : [];
  return names.filter(name => existsSync(join(directory, name, 'state.json'))).sort();
};

export const requireRecord = async (world: LabWorld, name: string): Promise<LabRecord> => {
  const record = await readRecord(world, name);
  if (record) return record;
  throw new WorldFailed({ class: 'refused', message: `there is no lab '${name}'`, help: 'make it first: kw lab up' });
};

export const requireHost = (record: LabRecord, name: string): HostRecord => {
  const host = record.hosts.find(one => one.name === name);
  if (host) return host;
  throw new WorldFailed({
    class: 'refused',
    message: `lab '${record.name}' has no host '${name}'`,
    help: `it has ${record.hosts.map(one => one.name).join(', ')}`,
  });
};

/** Takes a lab down: safe when half-built, after a kill -9, and when there is none. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { defaultLab } from './layout.js';
import { locked } from './lock.js';
import { run } from './run.js';
import { labDirectory, labNames, readRecord } from './state.js';
import { labOffScript } from './teardown.js';
import { type LabOptions, labWorld } from './world.js';

/** @returns false: there was no such lab. The base image stays. */
export const labDown = async (name: string = defaultLab, options: LabOptions = {}): Promise<boolean> => {
  const world = labWorld(options);
  const directory = labDirectory(world, name);
  if (!existsSync(directory)) return false;
  // Not the caller's signal: a teardown that was asked for ends, also when the run that asked is being stopped.
  return locked(`lab-${name}`, { ...world, signal: undefined }, async () => {
    const record = await readRecord(world, name);
    if (record) await run(['/bin/sh', '-s', '--', directory, record.id, record.subnet], { stdin: labOffScript });
    else await rm(directory, { recursive: true, force: true });
    return true;
  });
};

export const labList = (options: LabOptions = {}): Promise<readonly string[]> => labNames(labWorld(options));

/** Faults from outside a host: power, disk, cable. */
import { diskWipe } from './hosts/disk.js';
import { powerOff } from './hosts/host.js';
import { describe, type LabState } from './lab.js';
import { defaultLab } from './layout.js';
import { bridgeUp, cable } from './hosts/network.js';
import { type HostRecord, type LabRecord, readRecord, requireHost, requireRecord } from './state.js';
import { startAll } from './up.js';
import { type LabOptions, type LabWorld, labWorld } from './world.js';

const on = async <T>(
  lab: string,
  host: string,
  options: LabOptions,
  act: (world: LabWorld, lab: LabRecord, host: HostRecord) => Promise<T>,
): Promise<T> => {
  const world = labWorld(options);
  const record = await requireRecord(world, lab);
  return act(world, record, requireHost(record, host));
};

export const labStatus = async (name: string = defaultLab, options: LabOptions = {}): Promise<LabState | undefined> => {
  const world = labWorld(options);
  const record = await readRecord(world, name);
  return record && describe(world, record);
};

/** Pulls the plug: SIGKILL for everything; the disk stays. */
export const labStopHost = async (lab: string, host: string, options: LabOptions = {}): Promise<void> => {
  await on(lab, host, options, powerOff);
};

/** @returns once sshd answers. */
export const labStartHost = (lab: string, host: string, options: LabOptions = {}): Promise<void> =>
  on(lab, host, options, async (world, record, one) => {
    await bridgeUp(record);
    await startAll(world, record, [one]);
  });

/** The host made afresh on an empty disk; its address, ssh host key and machine-id stay. */
export const labReset = (lab: string, host: string, options: LabOptions = {}): Promise<void> =>
  on(lab, host, options, async (world, record, one) => {
    await powerOff(world, record, one);
    await diskWipe(world, record, one);
    await bridgeUp(record);
    await startAll(world, record, [one]);
  });

/** Pulls the network cable; the host runs on and sees its carrier gone. */
export const labCut = async (lab: string, host: string, options: LabOptions = {}): Promise<void> => {
  await on(lab, host, options, (_, record, one) => cable(record, one, 'down'));
};

export const labMend = async (lab: string, host: string, options: LabOptions = {}): Promise<void> => {
  await on(lab, host, options, (_, record, one) => cable(record, one, 'up'));
};

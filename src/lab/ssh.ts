/** A person's way into a lab host, with the lab's key and its known hosts, whatever the user's own ssh says. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { knownHostsOf, sshKeyOf } from './hosts/identity.js';
import { requireHost, requireRecord } from './state.js';
import { type LabOptions, labWorld } from './world.js';

export interface SshOptions extends LabOptions {
  readonly user?: string;
}

/** Argv of an ssh to the host; append a command. */
export const labSshArgv = async (lab: string, host: string, options: SshOptions = {}): Promise<readonly string[]> => {
  const world = labWorld(options);
  const record = await requireRecord(world, lab);
  const { address } = requireHost(record, host);
  return [
    'ssh',
    '-F',
    'none',
    '-i',
    sshKeyOf(world, lab),
    '-o',
    'IdentitiesOnly=yes',
    '-o',
    'StrictHostKeyChecking=yes',
    '-o',
    'LogLevel=ERROR',
    '-o',
    `UserKnownHostsFile=${knownHostsOf(world, lab)}`,
    `${options.user ?? 'root'}@${address}`,
  ];
};

/** On this terminal. @returns the exit code. */
export const labSsh = async (
  lab: string,
  host: string,
  command: readonly string[] = [],
  options: SshOptions = {},
): Promise<number> => {
  const [program = 'ssh', ...argv] = await labSshArgv(lab, host, options);
  const child = spawn(program, [...argv, ...command], { stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
};

/** Keys: one of the lab for its users, one of each host so that checks of host keys are real. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../run.js';
import { hostDirectory, type LabRecord, labDirectory } from '../state.js';
import type { LabWorld } from '../world.js';

const makeKey = async (file: string, comment: string): Promise<void> => {
  if (!existsSync(`${file}.pub`)) await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
};

export const sshKeyOf = (world: LabWorld, lab: string): string => join(labDirectory(world, lab), 'id_ed25519');
export const knownHostsOf = (world: LabWorld, lab: string): string => join(labDirectory(world, lab), 'known_hosts');

/** `ssh-ed25519 AAAA…` */
export const hostKey = async (world: LabWorld, lab: string, host: string): Promise<string> =>
  (await readFile(join(hostDirectory(world, lab, host), 'identity', 'ssh_host_ed25519_key.pub'), 'utf8'))
    .split(' ')
    .slice(0, 2)
    .join(' ');

/** Makes what is missing, and the known_hosts file of the lab. */
export const makeIdentities = async (world: LabWorld, lab: LabRecord): Promise<void> => {
  await makeKey(sshKeyOf(world, lab.name), `kubewizard lab ${lab.name}`);
  await Promise.all(
    lab.hosts.map(async host => {
      const directory = join(hostDirectory(world, lab.name, host.name), 'identity');
      await mkdir(directory, { recursive: true });
      await makeKey(join(directory, 'ssh_host_ed25519_key'), `root@${host.name}`);
    }),
  );
  const lines = await Promise.all(
    lab.hosts.map(async host => `${host.address},${host.name} ${await hostKey(world, lab.name, host.name)}\n`),
  );
  await writeFile(knownHostsOf(world, lab.name), lines.join(''));
};

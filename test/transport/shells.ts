/** The POSIX shells this machine has, as [name, command, arguments]. */
import { spawnSync } from 'node:child_process';

const known: readonly (readonly [string, string, readonly string[]])[] = [
  ['sh', 'sh', []],
  ['dash', 'dash', []],
  ['bash', 'bash', ['--norc', '--posix']],
  ['busybox', 'busybox', ['sh']],
];

export const shells = known.filter(([, command, args]) => spawnSync(command, [...args, '-c', 'exit 7']).status === 7);

/** Who this process is among all control machines, and whether another of this very one is dead for sure. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';

export interface ControlProcess {
  /** `anna@laptop`. */
  readonly owner: string;
  /** The same for processes that can see each other's ids: one boot of one machine, one pid namespace. */
  readonly machine: string;
  readonly pid: number;
  /** Start time in the kernel's ticks; '' where the system does not tell. */
  readonly started: string;
}

export const controlProcess = (): ControlProcess => ({
  owner: `${userName()}@${hostname()}`,
  machine: [
    hostname(),
    attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    attempt(() => readlinkSync('/proc/self/ns/pid')),
  ].join(' '),
  pid: process.pid,
  started: startOf(process.pid),
});

/** Never true of a process that this control machine cannot see. */
export const isDead = (other: ControlProcess, self: ControlProcess): boolean => {
  if (other.machine !== self.machine) return false;
  if (self.started !== '') return startOf(other.pid) !== other.started;
  try {
    process.kill(other.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
};

// Field 22 of stat; the name in field 2 may hold anything, and ends with the last bracket.
const startOf = (pid: number): string =>
  attempt(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  });

// A user id without a name (containers) makes userInfo throw.
const userName = (): string => attempt(() => userInfo().username) || `uid-${process.getuid?.() ?? 0}`;

const attempt = (read: () => string): string => {
  try {
    return read();
  } catch {
    return '';
  }
};

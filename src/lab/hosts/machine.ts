/** What the lab asks of this machine: root, four Debian packages, kernel features; and what it notes to put back. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WorldFailed } from '../../model/event.js';
import { run, sh } from '../run.js';
import type { LabWorld } from '../world.js';

/** program -> Debian package */
const programs: readonly (readonly [string, string])[] = [
  ['debootstrap', 'debootstrap'],
  ['systemd-nspawn', 'systemd-container'],
  ['ip', 'iproute2'],
  ['ssh', 'openssh-client'],
  ['ssh-keygen', 'openssh-client'],
  ['flock', 'util-linux'],
  ['sysctl', 'procps'],
];
const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const missing = (program: string): boolean => !folders.some(folder => existsSync(join(folder, program)));

/**
 * A dozen hosts of one kernel share these; with its 128 instances the kubelets of a second lab die (`too many open
 * files`).
 */
const inotify: Readonly<Record<string, number>> = {
  'fs.inotify.max_user_instances': 16_384,
  'fs.inotify.max_user_watches': 1_048_576,
};

/** Sysctls without a namespace that the lab or kubelets change: all hosts of a lab share the machine's. */
const shared = [
  ...Object.keys(inotify),
  'vm.overcommit_memory',
  'vm.panic_on_oom',
  'kernel.panic',
  'kernel.panic_on_oops',
  'kernel.keys.root_maxkeys',
  'kernel.keys.root_maxbytes',
];

/** Somebody else may install something just now: the machine's own upgrades, or what builds the programs. */
const waits = ['-o', 'DPkg::Lock::Timeout=300'];

export const checkMachine = async (world: LabWorld): Promise<void> => {
  if (process.getuid?.() !== 0)
    throw new WorldFailed({
      class: 'refused',
      message: 'the lab needs root: it makes network namespaces and mounts',
      help: 'sudo kw lab up',
    });
  const packages = [...new Set(programs.filter(([program]) => missing(program)).map(([, name]) => name))];
  if (packages.length > 0) {
    world.progress(`installing ${packages.join(', ')} on this machine`);
    await run(['apt-get', ...waits, 'install', '-y', '--no-install-recommends', ...packages], {
      signal: world.signal,
      help: 'apt-get update, then again',
    });
  }
  // Where modules can be loaded, hosts cannot do it themselves; where all is built in, modprobe fails and nothing is
  // lost.
  await sh('modprobe -qa overlay br_netfilter vxlan ip_tables ip6_tables nf_conntrack 2>/dev/null || true');
};

/** In the format of `sysctl -p`; noted by the first lab, put back by the last. Then there is room for many hosts. */
export const noteSysctls = async (file: string): Promise<void> => {
  if (existsSync(file)) return;
  const lines = await Promise.all(shared.map(name => run(['sysctl', name]).catch(() => '')));
  await writeFile(file, lines.join(''));
  for (const [name, least] of Object.entries(inotify)) {
    const now = Number(await run(['sysctl', '-n', name]).catch(() => '0'));
    // A machine that forbids it has fewer hosts, not none.
    if (now < least) await run(['sysctl', '-q', '-w', `${name}=${least}`]).catch(() => undefined);
  }
};

/** What the tests need of this machine, and how it comes there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { tool } from './tool.js';

/** program -> Debian package */
const programs: readonly (readonly [string, string])[] = [
  ['sshd', 'openssh-server'],
  ['ssh', 'openssh-client'],
  ['openssl', 'openssl'],
  ['sudo', 'sudo'],
  ['curl', 'curl'],
  ['wget', 'wget'],
  ['busybox', 'busybox-static'],
  ['debootstrap', 'debootstrap'],
  ['systemd-nspawn', 'systemd-container'],
  ['ip', 'iproute2'],
  ['flock', 'util-linux'],
  ['sysctl', 'procps'],
];
const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

export const missingPackages = (): readonly string[] => [
  ...new Set(
    programs.filter(([program]) => !folders.some(folder => existsSync(join(folder, program)))).map(([, name]) => name),
  ),
];

/** Why the lab cannot be had here; undefined: it can. */
export const noLab = (): string | undefined => {
  if (process.platform !== 'linux') return `the lab needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'the lab needs root: sudo ./kw test';
  return existsSync('/usr/bin/apt-get') ? undefined : 'the lab needs Debian (apt-get)';
};

/** Installs what is missing where that is possible; what stays missing is said by the tests that need it. */
export const install = async (cwd: string): Promise<void> => {
  const packages = missingPackages();
  if (packages.length === 0 || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  process.stdout.write(`installing ${packages.join(', ')} on this machine\n`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await tool(['apt-get', 'update', '-qq'], { cwd, seconds: 300, env });
  await tool(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages], { cwd, seconds: 600, env });
};

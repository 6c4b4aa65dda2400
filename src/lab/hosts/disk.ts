/** A host's disk: an overlay on the base image, and plain directories where overlayfs will not do. */
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { plainDirectories } from './recipe.js';
import { sh } from '../run.js';
import { type HostRecord, hostDirectory, type LabRecord, labDirectory } from '../state.js';
import type { LabWorld } from '../world.js';

export const rootOf = (world: LabWorld, lab: LabRecord, host: HostRecord): string =>
  join(hostDirectory(world, lab.name, host.name), 'root');

/** `[directory on this machine, path in the host]`. */
export const plainBinds = (world: LabWorld, lab: LabRecord, host: HostRecord): readonly (readonly [string, string])[] =>
  plainDirectories.map(
    path => [join(hostDirectory(world, lab.name, host.name), 'plain', basename(path)), path] as const,
  );

/**
 * Mounts the host's root; a disk that is new gets the host's identity. Paths are relative: a colon in the cache's path
 * would split lowerdir.
 */
export const diskUp = async (world: LabWorld, lab: LabRecord, host: HostRecord): Promise<void> => {
  const directory = hostDirectory(world, lab.name, host.name);
  for (const [path] of plainBinds(world, lab, host)) await mkdir(path, { recursive: true });
  await sh(
    `
cd "$1"
mkdir -p upper work root
mountpoint -q root || mount -t overlay kwlab -o "lowerdir=../../../$2,upperdir=upper,workdir=work" root
[ -e root/etc/hostname ] || {
  printf '%s\\n' "$5" > root/etc/machine-id
  printf '127.0.0.1\\tlocalhost\\n%s\\t%s\\n' "$4" "$3" > root/etc/hosts
  cp identity/ssh_host_ed25519_key identity/ssh_host_ed25519_key.pub root/etc/ssh/
  chmod 600 root/etc/ssh/ssh_host_ed25519_key
  for home in root/root root/home/kw; do
    mkdir -p -m 700 "$home/.ssh"
    cp "$6" "$home/.ssh/authorized_keys"
    chmod 600 "$home/.ssh/authorized_keys"
    chown -R --reference="$home" "$home/.ssh"
  done
  printf '%s\\n' "$3" > root/etc/hostname
}`,
    {
      args: [
        directory,
        basename(lab.base),
        host.name,
        host.address,
        host.machineId,
        join(labDirectory(world, lab.name), 'id_ed25519.pub'),
      ],
      host: host.name,
      help: 'the cache must lie on a disk that overlayfs takes (ext4, xfs), not on an overlay itself',
    },
  );
};

/** The disk as it came from the base image. Identity (ssh host key, machine-id) is kept apart and stays. */
export const diskWipe = (world: LabWorld, lab: LabRecord, host: HostRecord): Promise<string> =>
  sh('cd "$1" && rm -rf --one-file-system upper work plain', {
    args: [hostDirectory(world, lab.name, host.name)],
    host: host.name,
  });

/**
 * Debian packages onto a lab host, which has no way to a mirror: this machine's apt works in the host's mounted root.
 */
import { rootOf } from './disk.js';
import { sh } from '../run.js';
import { requireHost, requireRecord } from '../state.js';
import { type LabOptions, labWorld } from '../world.js';

/** Nothing is started: on the host, `systemctl daemon-reload` and start what came. */
export const labInstall = async (
  lab: string,
  host: string,
  packages: readonly string[],
  options: LabOptions = {},
): Promise<void> => {
  const world = labWorld(options);
  const record = await requireRecord(world, lab);
  const root = rootOf(world, record, requireHost(record, host));
  world.progress(`installing ${packages.join(', ')} on ${host}`);
  // In a mount namespace of its own, so that nothing stays mounted however it ends. resolv.conf is this machine's only
  // for that long.
  await sh(
    `exec unshare --mount --propagation private /bin/sh -s -- "$@" <<'INNER'
set -e
root=$1; shift
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
cd "$root"
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
chroot . apt-get -q update
chroot . apt-get -q -y --no-install-recommends install "$@"
chroot . apt-get clean
rm -rf "$root/var/lib/apt/lists"/*
INNER`,
    {
      args: [root, ...packages],
      host,
      signal: world.signal,
      help: 'look whether apt-get update works on this machine',
    },
  );
};

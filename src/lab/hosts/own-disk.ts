/**
 * A disk of the lab's own. A kubelet asks its file system how much of it is free, evicts pods where that is less than
 * 15 %, and deletes images before: on a machine whose disk is nearly full with other things no host would be well.
 */
import { run } from '../run.js';
import { labDirectory } from '../state.js';
import type { LabWorld } from '../world.js';

/** Of the machine's disk, per cent. With more of it free the lab's hosts cannot fill it as far as kubelets mind. */
const enough = 40;

/**
 * $1 the lab's directory, $2 `enough`. As large as what is free, and made of holes. A lab is made anew after a power
 * cut of the machine, so nothing is journaled; and what was built upon the machine's disk stays there. Without direct
 * I/O each sync of an etcd would wait for all that any host has written, and API servers with it.
 */
const script = `
mounted() {
  mount -o loop,noinit_itable "$1" hosts || return 1
  losetup --direct-io=on "$(findmnt -no SOURCE hosts)" || true
}
cd "$1"
if [ ! -e hosts.disk ]; then
  [ ! -e hosts ] || exit 0
  set -- $(df -Pk . | awk 'NR == 2 { print $2, $4 }') "$2"
  [ $(($2 * 100)) -lt $(($1 * $3)) ] || exit 0
  mkdir hosts
  truncate -s "$2K" hosts.part &&
    mkfs.ext4 -q -F -m 0 -i 32768 -O '^has_journal' -E nodiscard,lazy_itable_init=1 hosts.part &&
    mounted hosts.part || { rm -f hosts.part; exit 0; }
  mv hosts.part hosts.disk
fi
mountpoint -q hosts || { mkdir -p hosts; mounted hosts.disk; }
`;

/** Idempotent. Before the first host's disk is made; where no file can be mounted, hosts lie on the machine's disk. */
export const ownDisk = async (world: LabWorld, lab: string): Promise<void> => {
  await run(['/bin/sh', '-es', '--', labDirectory(world, lab), String(enough)], { stdin: script });
};

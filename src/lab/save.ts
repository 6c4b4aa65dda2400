/** A lab as it lies on disk is kept in the cache and brought back in seconds: what it runs need not be built again. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { powerOff } from './hosts/host.js';
import { makeIdentities } from './hosts/identity.js';
import { bridgeUp } from './hosts/network.js';
import { ownDisk } from './hosts/own-disk.js';
import { describe, type LabState } from './lab.js';
import { checkWant } from './layout.js';
import { locked } from './lock.js';
import { register, takenSubnets } from './register.js';
import { sh } from './run.js';
import { labDirectory, type LabRecord, readRecord, requireRecord } from './state.js';
import { hostsOffScript } from './teardown.js';
import { startAll } from './up.js';
import { type LabOptions, type LabWorld, labWorld } from './world.js';

export interface Keeping {
  /**
   * Files and folders of whoever built the cluster (keys, cluster file): kept with the lab, and brought back with it.
   */
  readonly beside?: { readonly directory: string; readonly names: readonly string[] };
}

/** Each takes a gigabyte or two. */
const kept = 3;
/** A cluster that was off for longer has certificates and tokens that nobody renewed. */
const oldest = 7 * 86_400_000;

const savedDirectory = (world: LabWorld): string => join(world.cache, 'lab', 'saved');

/**
 * $1 from, $2 to; both hold `hosts/`. Holes stay holes, and where the file system can, blocks are shared. The programs
 * in kw's store, most of all bytes, are named by their digests and never written in place: on one file system those
 * share their inodes.
 */
const copyScript = `
copy() { [ ! -e "$1" ] || cp -a --reflink=auto --sparse=auto "$1" "$2"; }
apart() { # a tree of hard links: each file but the store's gets an inode of its own
  find "$1" -path "$1/var/lib/kubewizard/store" -prune -o -type f -links +1 -exec /bin/sh -ec '
    for file; do cp -a --reflink=auto --sparse=auto "$file" "$file.kw-own"; mv -f "$file.kw-own" "$file"; done' sh {} +
}
for host in "$1"/hosts/*/; do
  name=$(basename "$host")
  mkdir -p "$2/hosts/$name"
  own=$2/hosts/$name/upper
  parts='plain identity'
  if [ ! -e "\${host}upper" ]; then :
  elif [ "$(stat -c %d "\${host}upper")" = "$(stat -c %d "$2/hosts/$name")" ]; then
    cp -al "\${host}upper" "$own" && apart "$own" & pids="$pids $!"
  else parts="$parts upper"; fi
  for part in $parts; do copy "$host$part" "$2/hosts/$name/$part" & pids="$pids $!"; done
done
for pid in $pids; do wait "$pid"; done
copy "$1/id_ed25519" "$2/"
copy "$1/id_ed25519.pub" "$2/"
`;

/** $1 from, $2 to, then names: there each is what it is here, or is not. */
const besideScript = `
from=$1 to=$2; shift 2
mkdir -p "$to"
for name; do
  rm -rf "$to/$name"
  [ ! -e "$from/$name" ] || cp -a "$from/$name" "$to/$name"
done
`;

/**
 * Keeps the lab under the word `as`, in place of what was kept under it before. Its hosts lose their power for it, as
 * by a power cut, and have it again when it returns; what runs on them needs some seconds more.
 */
export const labSave = async (
  name: string,
  as: string,
  keep: Keeping = {},
  options: LabOptions = {},
): Promise<void> => {
  const world = labWorld(options);
  await locked(`lab-${name}`, world, async () => {
    const record = await requireRecord(world, name);
    await Promise.all(record.hosts.map(host => powerOff(world, record, host)));
    try {
      await locked('lab-saved', world, () => keepAs(world, record, as, keep));
    } finally {
      await bridgeUp(record);
      await startAll(world, record, record.hosts);
    }
  });
};

const keepAs = async (world: LabWorld, record: LabRecord, as: string, { beside }: Keeping): Promise<void> => {
  const [to, part] = [join(savedDirectory(world), as), join(savedDirectory(world), `${as}.part`)];
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  await sh(copyScript, { args: [labDirectory(world, record.name), part] });
  await mkdir(join(part, 'beside'));
  if (beside) await sh(besideScript, { args: [beside.directory, join(part, 'beside'), ...beside.names] });
  await writeFile(join(part, 'saved.json'), JSON.stringify(record));
  await rm(to, { recursive: true, force: true });
  await rename(part, to);
  await prune(savedDirectory(world));
};

const prune = async (directory: string): Promise<void> => {
  const found = await Promise.all(
    (await readdir(directory)).map(async name => ({ name, at: (await savedAt(join(directory, name))) ?? 0 })),
  );
  for (const { name } of found.sort((a, b) => b.at - a.at).slice(kept))
    await rm(join(directory, name), { recursive: true, force: true });
};

const savedAt = (directory: string): Promise<number | undefined> =>
  stat(join(directory, 'saved.json')).then(
    file => file.mtimeMs,
    () => undefined,
  );

/**
 * Makes of what was kept a lab of this name, in the subnet where it was built (addresses are in certificates), and
 * starts its hosts. A lab of this name that stands in that subnet has its disks put back.
 * @returns undefined, nothing touched: nothing is kept under this word, it is too old, or its place is taken.
 */
export const labRestore = async (
  as: string,
  name: string,
  keep: Keeping & { readonly owner?: string } = {},
  options: LabOptions = {},
): Promise<LabState | undefined> => {
  const world = labWorld(options);
  checkWant(name, [], undefined);
  const from = join(savedDirectory(world), as);
  return locked(`lab-${name}`, world, async () => {
    const record = await locked('lab-saved', world, () => bringBack(world, from, name, keep));
    if (!record) return undefined;
    await makeIdentities(world, record);
    await bridgeUp(record);
    await startAll(world, record, record.hosts);
    return describe(world, record);
  });
};

const bringBack = async (
  world: LabWorld,
  from: string,
  name: string,
  { beside, owner = '' }: Keeping & { readonly owner?: string },
): Promise<LabRecord | undefined> => {
  const standing = (await readRecord(world, name))?.hosts ?? [];
  const record = await locked('lab-subnets', world, () => claim(world, from, name));
  if (!record) return undefined;
  const directory = labDirectory(world, name);
  await writeFile(join(directory, 'owner'), owner);
  await Promise.all(standing.map(host => powerOff(world, record, host)));
  await sh(hostsOffScript, { args: [directory] });
  await ownDisk(world, name);
  await sh(copyScript, { args: [from, directory] });
  if (beside) await sh(besideScript, { args: [join(from, 'beside'), beside.directory, ...beside.names] });
  return record;
};

/** Two labs that come up at once must not take the same subnet. */
const claim = async (world: LabWorld, from: string, name: string): Promise<LabRecord | undefined> => {
  const at = await savedAt(from);
  if (at === undefined || Date.now() - at > oldest) return undefined;
  const record: LabRecord = { ...(JSON.parse(await readFile(join(from, 'saved.json'), 'utf8')) as LabRecord), name };
  if (!existsSync(record.base)) return undefined;
  const standing = await readRecord(world, name);
  const free = standing ? standing.subnet === record.subnet : !(await takenSubnets(world)).includes(record.subnet);
  if (!free) return undefined;
  await mkdir(labDirectory(world, name), { recursive: true });
  await register(world, record);
  return record;
};

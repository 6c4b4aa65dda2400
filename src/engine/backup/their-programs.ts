/**
 * Which programs take and prove a backup of an etcd that others started: those that it came with, else ours, in a
 * folder of our own. Nothing of theirs is replaced.
 */
import { createReadStream } from 'node:fs';
import { etcdSnapshots, own, pki } from '../../blueprint/render/paths.js';
import type { Artifact, BinaryName } from '../../model/artifact.js';
import type { Host } from '../../model/cluster.js';
import { WorldFailed } from '../../model/event.js';
import { sh } from '../../shell/sh.js';
import type { Connection } from '../../transport/connection.js';

/** Beside the backups, and nowhere in a PATH. */
export const broughtPrograms = `${own}/etcd-programs`;

export interface TheirPrograms {
  readonly connections: (host: string) => Promise<Connection>;
  /** Ours, built or downloaded when they are first needed. */
  readonly programs: () => Promise<Readonly<Partial<Record<BinaryName, Artifact>>>>;
  readonly tell: (host: string, says: string) => void;
}

/** For each host once. Rejects with WorldFailed where no backup can be taken there. */
export const theirPrograms = (parts: TheirPrograms): ((host: Host) => Promise<string>) => {
  const found = new Map<string, Promise<string>>();
  return host => {
    const known = found.get(host.name) ?? programsOn(host.name, parts);
    found.set(host.name, known);
    return known;
  };
};

async function programsOn(host: string, { connections, programs, tell }: TheirPrograms): Promise<string> {
  const connection = await connections(host);
  const { stdout } = await connection.run(whereScript, { timeoutMs: 20_000 });
  const [, word, place = ''] = /^(has|bring|lacks)(?: (\/.*))?$/m.exec(stdout) ?? [];
  if (word === 'has' && place !== '') return place;
  if (word === 'lacks') throw refused(host, `it has no ${place}, by which etcd is asked`);
  if (word !== 'bring') throw refused(host, 'no etcd runs there');
  const ours = await programs();
  for (const name of names) {
    const program = ours[name];
    if (program && (await bring(connection, program))) tell(host, `${name} ${program.version} in ${broughtPrograms}`);
  }
  return broughtPrograms;
}

const names = ['etcd', 'etcdctl', 'etcdutl'] as const satisfies readonly BinaryName[];

const refused = (host: string, why: string): WorldFailed =>
  new WorldFailed({
    class: 'refused',
    host,
    message: `${host}: ${why}. Nothing was changed`,
    help: `kw backup needs etcd where it runs, with the certificates that kubeadm keeps in ${pki}/etcd`,
  });

const certificates = [
  'ca.crt',
  ...['healthcheck-client', 'server', 'peer'].flatMap(name => [`${name}.crt`, `${name}.key`]),
];

/** A container's files are those of its process: what is in its image is used as it is, and in the right version. */
export const whereScript = sh`cd ${`${pki}/etcd`} 2>/dev/null || { echo ${`lacks ${pki}/etcd`}; exit 0; }
for f in ${certificates}; do [ -s "$f" ] || { echo "lacks $PWD/$f"; exit 0; }; done
p=$(pidof -s etcd) && exe=$(readlink "/proc/$p/exe") || exit 0
theirs=/proc/$p/root\${exe%/*}
if [ -x "$theirs/etcdctl" ] && [ -x "$theirs/etcd" ]; then echo "has $theirs"; else echo bring; fi`;

/** False: it is there already. */
async function bring(connection: Connection, { name, sha256, file }: Artifact): Promise<boolean> {
  const target = `${broughtPrograms}/${name}`;
  const channel = await connection.open(sh`umask 022
same() { [ -s "$1" ] && [ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = ${sha256} ]; }
same ${target} && { echo same; exit 0; }
mkdir -p ${broughtPrograms} ${etcdSnapshots} && chmod 0700 ${etcdSnapshots} && echo send || exit 1
base64 -d >${`${target}.part`} && same ${`${target}.part`} && chmod 0755 ${`${target}.part`} &&
mv ${`${target}.part`} ${target} || { rm -f ${`${target}.part`}; exit 1; }`);
  const words = channel.output[Symbol.asyncIterator]();
  const first = String((await words.next()).value ?? '').trim();
  if (first === 'send') for await (const piece of inBase64(file)) await channel.write(piece);
  channel.end();
  const { code, stderr } = await channel.done;
  if (code === 0) return first === 'send';
  throw new WorldFailed({
    class: 'exit',
    host: connection.host,
    message: `${name} could not be brought to ${target}: ${stderr.trim() || `exit code ${code}`}`,
  });
}

/** Pieces of whole threes of bytes: base64 of them can be put together. */
async function* inBase64(file: string): AsyncGenerator<string> {
  for await (const piece of createReadStream(file, { highWaterMark: 48 * 1024 }))
    yield `${(piece as Buffer).toString('base64')}\n`;
}

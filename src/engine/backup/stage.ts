/** A snapshot brought to every member of etcd, by way of the control machine: whole, or it does not get its name. */
import { WorldFailed } from '../../model/event.js';
import type { Connection } from '../../transport/connection.js';
import { type Script, sh } from '../../shell/sh.js';
import { readPieces } from './pieces.js';

export interface Staging {
  readonly from: { readonly host: string; readonly path: string };
  /** Hosts that lack it. */
  readonly to: readonly string[];
  /** Where it shall lie on each. */
  readonly target: string;
  /** Of its content. */
  readonly sha256: string;
  /** Of the file. */
  readonly bytes: number;
  readonly connections: (host: string) => Promise<Pick<Connection, 'run'>>;
}

/** Throws WorldFailed: unreachable, or exit where a host could not take it. */
export async function stage({ from, to, target, sha256, bytes: size, connections }: Staging): Promise<void> {
  const run = async (host: string, script: Parameters<Connection['run']>[0], timeoutMs = 120_000, stdin?: string) =>
    (await connections(host)).run(script, { timeoutMs, ...(stdin === undefined ? {} : { stdin }) });
  const must = async (...asked: Parameters<typeof run>): Promise<void> => {
    const { code, stderr } = await run(...asked);
    if (code !== 0) throw new WorldFailed({ class: 'exit', host: asked[0], message: stderr.trim() || `exit ${code}` });
  };
  const part = `${target}.part`;
  await all(to, host => must(host, emptyPart(target, part, size)));
  const [here, others] = [to.filter(host => host === from.host), to.filter(host => host !== from.host)];
  await all(here, host =>
    must(
      host,
      sh`umask 077
cp ${from.path} ${part}`,
      600_000,
    ),
  );
  if (others.length > 0)
    for await (const bytes of readPieces(from.host, from.path, run, size))
      await all(others, host => must(host, sh`base64 -d >>${part}`, 120_000, bytes.toString('base64')));
  await all(to, host =>
    must(
      host,
      sh`[ "$(head -c -32 ${part} | sha256sum | cut -d ' ' -f 1)" = ${sha256} ] || \
{ echo "the snapshot did not come whole" >&2; exit 1; }
sync
mv ${part} ${target}`,
      600_000,
    ),
  );
}

/** Refuses where it would not fit. */
const emptyPart = (target: string, part: string, size: number): Script => sh`umask 077
mkdir -p ${folderOf(target)} || exit 1
rm -f ${part}
free=$(df -Pk ${folderOf(target)} | awk 'NR == 2 { print $4 }') needed=${String(Math.ceil(size / 1024) + spareKib)}
[ "$free" -ge "$needed" ] || \
{ echo "$free KiB are free in the folder of restores, and $needed are needed for the backup" >&2; exit 1; }
: >${part}`;

/** An etcd beside it must not find its disk full. */
const spareKib = 196_608;

/** One that fails ends nothing that is under way on another: all have ended when this throws. */
const all = async (hosts: readonly string[], act: (host: string) => Promise<void>): Promise<void> => {
  for (const done of await Promise.allSettled(hosts.map(act))) if (done.status === 'rejected') throw done.reason;
};

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

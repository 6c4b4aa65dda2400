/** All that brings a cluster back, on the control machine: the snapshot, the cluster file, the keys. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Seal, writeBundle } from '../../engine/backup/bundle.js';
import type { TakenBackup } from '../../engine/backup/on-hosts.js';
import { readPieces } from '../../engine/backup/pieces.js';
import type { Session } from '../../engine/session.js';
import { chainName, secretNames } from '../../engine/vault/names.js';
import { readSecret } from '../../engine/vault/store.js';
import { WorldFailed } from '../../model/event.js';
import type { ClusterFile } from '../cluster-file.js';
import { type Story, vaultOf } from '../story.js';

/** @returns its path. Throws WorldFailed where the snapshot does not come as it was proven. */
export async function sealed(
  { emit, ports }: Story,
  session: Session,
  { text, spec }: ClusterFile,
  { host, path, record }: TakenBackup,
  { folder, seal }: { readonly folder: string; readonly seal: Seal },
): Promise<string> {
  await vaultOf(session);
  const files = new Map([
    ['cluster.yaml', text],
    [
      'backup.json',
      `${JSON.stringify({ cluster: spec.name, kubernetes: spec.kubernetes, host, ...record }, null, 2)}\n`,
    ],
  ]);
  for (const name of [...secretNames, chainName, 'identity.json']) {
    const secret = await readSecret(session.dir, name);
    if (secret !== undefined) files.set(`kubewizard/${name}`, secret);
  }
  const stamp = ports
    .clock()
    .toISOString()
    .replace(/[-:]|\.\d+/g, '');
  const target = join(folder, `${spec.name}-${stamp}.kwbackup`);
  emit({ type: 'note', says: `bringing it to ${target}, with the cluster file and the keys, encrypted` });
  const run = async (
    name: string,
    script: Parameters<Awaited<ReturnType<Session['connections']>>['run']>[0],
    ms = 60_000,
  ) => (await session.connections(name)).run(script, { timeoutMs: ms });
  const bytes = asProven(readPieces(host, path, run, record.size), host, record.sha256);
  await writeBundle(target, { files, snapshot: { size: record.size, bytes } }, seal);
  return target;
}

/** What is not as it was proven ends the writing: the last 32 bytes are the digest of all before. */
async function* asProven(pieces: AsyncIterable<Buffer>, host: string, sha256: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let tail = Buffer.alloc(0);
  for await (const piece of pieces) {
    const all = Buffer.concat([tail, piece]);
    tail = Buffer.from(all.subarray(-32));
    hash.update(all.subarray(0, -32));
    yield piece;
  }
  if (hash.digest('hex') !== sha256)
    throw new WorldFailed({ class: 'exit', host, message: 'the snapshot did not come as it was proven' });
}

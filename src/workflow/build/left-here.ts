/** What a reset leaves on the control machine: said by its place, and the keys removed where that was asked for. */
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ClusterFile } from '../cluster-file.js';
import type { Ended } from './execute.js';

/** Whoever has them owns the cluster: its hosts trust what they sign. */
const keys = ['pki', 'control machine', 'identity.json'] as const;
/** Without it nobody reads the secrets in a snapshot of etcd. */
const encryption = 'encryption';
const backup = 'backup';

/** After a reset that ended; what to say of it. Keys that a host may still trust are never removed. */
export async function leftHere(
  { dir }: Pick<ClusterFile, 'dir'>,
  ended: Ended,
  removeKeys: boolean,
): Promise<string | undefined> {
  if (ended.ended !== 'ran' || !ended.outcome.ok) return undefined;
  const there = await readdir(dir).catch((): readonly string[] => []);
  const secret = [...keys, encryption].filter(name => there.includes(name));
  const place = `.kubewizard/${basename(dir)} beside the cluster file`;
  const unseen = ended.unseen.map(one => one.host);
  if (removeKeys && unseen.length === 0) return removed(dir, there, secret, place);
  const others = there.filter(name => !secret.includes(name) && !name.startsWith('.'));
  if (secret.length + others.length === 0) return undefined;
  const why =
    removeKeys && secret.length > 0
      ? `; the keys stay, since ${unseen.join(', ')} was not seen and may still trust them`
      : secret.length > 0
        ? '; a new kw up uses the same keys, kw reset --remove-keys removes them'
        : '';
  return `left on this machine, in ${place}: ${[...secret.map(name => `${name} (keys)`), ...others].join(', ')}${why}`;
}

async function removed(
  dir: string,
  there: readonly string[],
  secret: readonly string[],
  place: string,
): Promise<string> {
  const snapshots = there.includes(backup) ? await readdir(join(dir, backup)) : [];
  const gone = secret.filter(name => name !== encryption || snapshots.length === 0);
  for (const name of gone) await rm(join(dir, name), { recursive: true, force: true });
  const stays = there.filter(name => !gone.includes(name) && !name.startsWith('.'));
  const message = gone.length > 0 ? `removed from ${place}: ${gone.join(', ')}` : `no keys were in ${place}`;
  if (stays.length === 0) return message;
  const needed = stays.includes(encryption)
    ? ` (${encryption} reads the secrets in ${backup}: remove both together)`
    : '';
  return `${message}; left there: ${stays.join(', ')}${needed}`;
}

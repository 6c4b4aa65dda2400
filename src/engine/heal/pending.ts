/**
 * What the control machine remembers of therapies that have begun and are not proven: enough to take them back after a
 * kill -9.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { WorldFailed } from '../../model/event.js';
import { type ClusterIdentity, compareIdentities } from '../../model/identity.js';
import type { ResourceId } from '../../model/resource.js';
import { another } from '../vault/identity.js';
import { identitySchema, remembered } from '../vault/remembered.js';
import { readSecret, writeSecret } from '../vault/store.js';
import type { Illness } from './illness.js';
import type { ObjectSnapshot } from './objects.js';
import type { Touched } from './touched.js';

export interface Treated {
  readonly illness: Illness;
  readonly wants: readonly ResourceId[];
}

export interface InProgress {
  /** Names the keep on the hosts. */
  readonly id: string;
  readonly at: string;
  /** Whose hosts it was begun on. */
  readonly cluster: ClusterIdentity;
  /** What each therapy is against, and the resources that it wants. */
  readonly treats: readonly Treated[];
  readonly touched: readonly Touched[];
  /** Programs whose static pods are started again when their files come back, by host. */
  readonly pods: readonly { readonly host: string; readonly program: string }[];
  readonly objects: readonly ObjectSnapshot[];
}

// Objects may hold secrets, so it is a file of the vault: 0600, replaced whole.
const name = 'heal-begun.json';

/** Oldest first; [] where none is open. Throws WorldFailed (refused) where one was begun on another cluster's hosts. */
export const readInProgress = async (dir: string, cluster: ClusterIdentity): Promise<readonly InProgress[]> => {
  const text = await readSecret(dir, name);
  if (text === undefined) return [];
  const help = 'bring it back from a backup; or move it away: kw heal then treats what is unhealthy now';
  const all = remembered(text, z.array(z.looseObject({ at: z.string() })), dir, name, help);
  const older = all.find(one => !('cluster' in one));
  if (older)
    throw new WorldFailed({
      class: 'refused',
      message:
        `${join(dir, name)} remembers a therapy of ${older.at} as an older kw wrote it: on whose hosts it was ` +
        'begun is not known',
      help: 'finish it with that version of kw; or move the file away: kw heal then treats what is unhealthy now',
    });
  const ours = remembered(text, inProgress.array(), dir, name, help) as unknown as readonly InProgress[];
  const foreign = ours.find(one => compareIdentities(one.cluster, cluster) === 'other');
  if (foreign) throw another(dir, foreign.cluster, cluster);
  return ours;
};

const tree = z.record(z.string(), z.unknown());
const script = z.string();
const texts = z.array(z.string());
const touched = z.object({
  host: z.string(),
  paths: texts,
  units: texts,
  sysctls: z.record(z.string(), z.string()),
  states: z.array(z.object({ keep: script, back: script })).optional(),
  lasting: z.array(z.object({ id: z.string(), why: z.string(), look: script })).optional(),
});
const illness = z.object({
  case: z.string(),
  variant: z.string(),
  host: z.string(),
  subject: z.record(z.string(), z.union([z.string(), z.number()])),
});
/** Its scripts are ours, as they were written: the file is one of the vault. */
const inProgress = z.object({
  id: z.string(),
  at: z.string(),
  cluster: identitySchema,
  treats: z.array(z.object({ illness, wants: texts })),
  touched: z.array(touched),
  pods: z.array(z.object({ host: z.string(), program: z.string() })),
  objects: z.array(
    z.object({ path: z.string(), body: tree.optional(), wrote: tree.optional(), exact: texts.optional() }),
  ),
});

export const writeInProgress = async (dir: string, all: readonly InProgress[]): Promise<void> => {
  if (all.length > 0) await writeSecret(dir, name, JSON.stringify(all));
  else await rm(join(dir, name), { force: true });
};

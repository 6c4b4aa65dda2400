/** What the desk remembers of therapies that have begun and are not proven: enough to take them back after a kill -9. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResourceId } from '../../model/resource.js';
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
  /** What each therapy is against, and the resources that it wants. */
  readonly treats: readonly Treated[];
  readonly touched: readonly Touched[];
  /** Programs whose static pods are started again when their files come back, by host. */
  readonly pods: readonly { readonly host: string; readonly program: string }[];
  readonly objects: readonly ObjectSnapshot[];
}

// Objects may hold secrets, so it is a file of the vault: 0600, replaced whole.
const name = 'heal-begun.json';

/** Oldest first; [] where none is open. */
export const readInProgress = async (dir: string): Promise<readonly InProgress[]> => {
  const text = await readSecret(dir, name);
  return text === undefined ? [] : (JSON.parse(text) as readonly InProgress[]);
};

export const writeInProgress = async (dir: string, all: readonly InProgress[]): Promise<void> => {
  if (all.length > 0) await writeSecret(dir, name, JSON.stringify(all));
  else await rm(join(dir, name), { force: true });
};

/** What the lab takes from outside: where it may keep files, whom it tells, when to stop. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface LabWorld {
  /** The user's cache of Kubewizard. */
  readonly cache: string;
  readonly progress: (says: string) => void;
  readonly signal: AbortSignal | undefined;
}

export interface LabOptions {
  readonly cache?: string;
  readonly progress?: (says: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export const userCache = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubewizard');

export const labWorld = (options: LabOptions = {}): LabWorld => ({
  cache: options.cache ?? userCache(process.env),
  progress: options.progress ?? (() => undefined),
  signal: options.signal,
});

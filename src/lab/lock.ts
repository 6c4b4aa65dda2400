/** One kw at a time works on one lab, or makes the base image; a killed holder frees the lock. */
import { join } from 'node:path';
import { lock } from '../artifacts/store/lock.js';
import type { LabWorld } from './world.js';

export const locked = async <T>(name: string, world: LabWorld, work: () => Promise<T>): Promise<T> => {
  const held = await lock(
    join(world.cache, 'locks'),
    name,
    () => world.progress(`waiting for another kw that works on ${name}`),
    world.signal,
  );
  try {
    return await work();
  } finally {
    held.release();
  }
};

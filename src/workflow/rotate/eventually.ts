/** What comes to be by itself within a minute: files that a program reads again, and what it publishes. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Edge } from './rotatable.js';

const tries = 20;
const pauseMs = 5_000;

/** A minute and a half at most: whoever is slower is asked for by the next run. */
export const eventually = async (look: () => Promise<readonly Edge[]>): Promise<readonly Edge[]> => {
  let edges = await look();
  for (let n = 0; n < tries && edges.some(({ ok }) => ok !== true); n++) {
    await pause(pauseMs);
    edges = await look();
  }
  return edges;
};

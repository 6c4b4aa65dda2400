import type { CleanupWant } from '../../resources/wants.js';

/** Something that a cluster leaves on a host, by its name. */
export interface Leftover extends CleanupWant {
  readonly name: string;
}

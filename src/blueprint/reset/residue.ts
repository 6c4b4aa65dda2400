import type { ResidueWant } from '../../resources/wants.js';

/** Something that a cluster leaves on a host, by its name. */
export interface Residue extends ResidueWant {
  readonly name: string;
}

/** Digests that were written down before a download, against what a site says of its own files. */
import { pinnedDigest } from '../../catalog/index.js';

/** The digest that a file must have, whatever lies beside it at the site. */
export interface Pin {
  readonly sha256: string;
  /** Who says so, for people: `the catalog of this kw`. */
  readonly by: string;
}

/** Which digest a program of a version must have; undefined: what is published beside the file decides. */
export type Pins = (program: string, version: string, path: string) => Pin | undefined;

export const catalogPins: Pins = (program, version) => {
  const sha256 = pinnedDigest(program, version);
  return sha256 ? { sha256, by: 'the catalog of this kw' } : undefined;
};

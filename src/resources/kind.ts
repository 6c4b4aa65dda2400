/** A kind of thing that can be wanted: declared in one place, frozen, with its want and have inferred. */
import type { Kind } from '../model/resource.js';

export const defineKind = <K extends string, Want, Have>(kind: Kind<K, Want, Have>): Kind<K, Want, Have> =>
  Object.freeze(kind);

import type { ClusterSpec } from '../../../src/model/cluster.js';
import type { Resource } from '../../../src/model/resource.js';
import type { Pair } from '../../../src/pki/issue.js';

export interface Made {
  readonly spec: ClusterSpec;
  readonly wanted: readonly Resource[];
  /** By `host:path`. */
  readonly pairs: ReadonlyMap<string, Pair>;
  readonly authorities: Readonly<Record<string, Pair>>;
  readonly sha256: (text: string) => string;
  readonly serviceAccountPublic: string;
}

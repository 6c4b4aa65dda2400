import type { CniConfig } from '../../../read/cni.js';
import type { FoundOf } from '../../../case.js';

/** Plugins that the configuration names, and the folders in which the runtime searches them. */
export interface Lacking {
  readonly path: string;
  readonly lacking: readonly string[];
  readonly bins: readonly string[];
  /** The names in each of these folders that is there. */
  readonly inBins: Readonly<Record<string, readonly string[]>>;
  /** All plugins of the configuration. */
  readonly plugins: readonly string[];
}

/** A configuration of the network `name` in the place of the cluster's own. */
export interface Other {
  readonly path: string;
  readonly name: string;
  readonly own: string;
  readonly plugins: readonly string[];
}

export type NotReadyFacts = {
  'configuration-missing': { readonly folder: string };
  'configuration-broken': { readonly path: string; readonly problem: string };
  'plugin-missing': Lacking & { readonly plugin: string };
  'plugin-folder': Lacking & { readonly folder: string };
  doubled: Other & { readonly behind: string };
  'other-network': Other;
  'not-loaded': {
    readonly path: string;
    readonly changedAt: string;
    readonly startedAt: string;
    readonly message: string;
  };
};

export type Finding = FoundOf<NotReadyFacts>;

export interface Taken {
  readonly configs: readonly CniConfig[];
  readonly folder: string;
  readonly bins?: readonly string[];
}

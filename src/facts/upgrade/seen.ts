/** Everything that the check before an upgrade asks the API for, beyond the clinic's chart. */
import type { Evidence } from '../../model/fact.js';
import type { Budget } from './budgets.js';
import type { CustomResource } from './crds.js';
import type { HelmRelease } from './helm.js';
import type { PodSeen } from './pods.js';
import type { RequestedApi } from './requested.js';
import type { Schedule } from './schedules.js';
import type { StorageClassSeen, VolumeSeen } from './volumes.js';
import type { Written } from './written.js';

export interface UpgradeSeen {
  /** By API server: its own count since it started. */
  readonly requested: readonly Evidence<readonly RequestedApi[]>[];
  /** Of every kind that some hop no longer serves in one of its versions. */
  readonly written: readonly Evidence<readonly Written[]>[];
  readonly helm: Evidence<readonly HelmRelease[]>;
  readonly customResources: Evidence<readonly CustomResource[]>;
  readonly budgets: Evidence<readonly Budget[]>;
  readonly pods: Evidence<readonly PodSeen[]>;
  readonly volumes: Evidence<readonly VolumeSeen[]>;
  readonly storageClasses: Evidence<readonly StorageClassSeen[]>;
  readonly schedules: Evidence<readonly Schedule[]>;
}

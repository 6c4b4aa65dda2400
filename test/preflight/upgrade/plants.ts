/** Troubles of an upgrade, planted one by one in a healthy cluster. */
import type { Upgrade } from '../../../src/preflight/upgrade/finding.js';
import { cluster } from './cluster.js';
import { apis } from './plants/apis.js';
import { evictions } from './plants/evictions.js';
import { flags } from './plants/flags.js';
import { hosts } from './plants/hosts.js';
import type { Plant } from './plants/planting.js';
import { versions } from './plants/versions.js';

export const plants: readonly Plant[] = [...versions, ...flags, ...apis, ...hosts, ...evictions];

export const planted = ({ way, plant, built }: Plant): Upgrade => plant(cluster(way, built ?? 'five'));

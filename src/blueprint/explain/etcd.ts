import { release } from '../../catalog/index.js';
import type { ClusterSpec } from '../../model/cluster.js';
import type { DefaultNote } from '../../spec/index.js';
import { ourEtcdDefaults } from '../components/etcd-defaults.js';
import { kept, snapshotHours } from '../components/etcd-backup-script.js';
import { etcdSnapshots, units } from '../render/paths.js';
import { notes } from './control-plane.js';

const compared = 'data are compared with those of the other members: silent corruption stops one member, not all';
const reasons: Readonly<Record<string, string>> = {
  'auto-compaction-mode': 'history is given up by age',
  'auto-compaction-retention': 'holds where no API server compacts (it does every five minutes)',
  'quota-backend-bytes': 'the most that etcd’s authors advise; at its own 2 GiB a busy cluster becomes read-only',
  'feature-gates': compared,
  'experimental-initial-corrupt-check': compared,
  'experimental-compact-hash-check-enabled': compared,
};

/** The version that goes with the minor: the one that the source brings may be a later patch. */
export const etcdNotes = (spec: ClusterSpec): readonly DefaultNote[] => [
  ...notes('etcd', ourEtcdDefaults(release(spec.kubernetes)?.etcd.version ?? ''), reasons),
  {
    path: `${units}/kw-etcd-snapshot.timer`,
    value: `every ${snapshotHours} hours, ${kept.timer} kept`,
    why:
      `on each host of etcd, in ${etcdSnapshots}, each proven by restoring it, for root alone: what was deleted on ` +
      'Friday evening is there on Monday. A drop-in (systemctl edit) changes the time',
  },
  {
    path: `${units}/kw-etcd-defragment.timer`,
    value: 'every night, where more than half of the space is unused',
    why: 'etcd never gives space back by itself; one member after the other, the leader last, none while one is away',
  },
];

/** What a backup is worth: judged by its bytes, its record, and the cluster that it is to bring back. */
import type { BackupFile, BackupProblem, BackupRecord } from '../model/backup.js';
import type { ClusterIdentity } from '../model/identity.js';

export type BackupState =
  | 'proven'
  /** Whole, and nobody has restored it. */
  | 'unproven'
  | 'unfinished'
  | 'empty'
  | 'cut'
  | 'changed'
  /** Its own sum is right, and it does not restore, or not to what the living etcd had. */
  | 'unusable'
  | 'other-cluster';

export interface JudgedBackup extends BackupFile {
  readonly host: string;
  readonly state: BackupState;
}

/** What is known of the cluster that it is to bring back. */
export interface KnownOf extends Pick<ClusterIdentity, 'uid' | 'authorities'> {
  /** Its CA is its owner's, who may have given it to other clusters too. */
  readonly shared?: boolean;
}

/** @param known Absent: whose it is was told otherwise. */
export const judgeBackup = (host: string, file: BackupFile, known: KnownOf | undefined): JudgedBackup => ({
  ...file,
  host,
  state: stateOf(file, known),
});

const stateOf = ({ whole, record }: BackupFile, known: KnownOf | undefined): BackupState => {
  if (whole !== 'yes') return whole;
  if (record?.verdict === 'bad') return 'unusable';
  if (record && known && whoseIs(record, known) === 'other') return 'other-cluster';
  return record?.verdict === 'proven' ? 'proven' : 'unproven';
};

/**
 * By the UID of kube-system, and by the CAs that pods are given: one CA with two UIDs is a cluster that was built anew
 * of its own keys, as after a fire, and gets back what it had.
 */
export const whoseIs = ({ uid, authorities }: BackupRecord, known: KnownOf): 'own' | 'other' | 'unknown' => {
  const both = uid !== '' && known.uid !== undefined;
  if (both && uid === known.uid) return 'own';
  const compared = authorities.length > 0 && known.authorities.length > 0;
  if (!compared) return both ? 'other' : 'unknown';
  const same = authorities.some(each => known.authorities.includes(each));
  return same && !(both && known.shared) ? 'own' : 'other';
};

/** A control machine that never met the API learns it from backups that were compared with the etcd of their hosts. */
export const vouched = (known: KnownOf, files: readonly BackupFile[]): KnownOf => {
  if (known.uid !== undefined) return known;
  const uids = new Set(files.flatMap(({ record }) => (record?.compared && record.uid !== '' ? [record.uid] : [])));
  const [uid] = uids;
  return uids.size === 1 && uid !== undefined ? { ...known, uid } : known;
};

/** What cannot be used for anything, and does not get better by waiting. */
export const isSpoiled = ({ state }: Pick<JudgedBackup, 'state'>): boolean =>
  state !== 'proven' && state !== 'unproven' && state !== 'unfinished';

const problems: Readonly<Record<BackupProblem, string>> = {
  empty: 'the file is empty',
  cut: 'the file is cut off: it does not end with its own sum',
  changed: 'its bytes are not those that were written: its own sum does not match',
  'no-restore': 'etcd refuses to restore it, though its sum is right',
  'no-start': 'an etcd that was restored from it did not start',
  'keys-differ': 'it holds another number of keys than the living etcd had at the same revision',
  'hash-differs': 'its keys are not those of the living etcd at the same revision',
  'no-count': 'the etcd that was restored from it did not say how much it holds',
  'no-tool': 'this host has no program that restores it: kw up brings etcdutl',
  'no-room': 'too little disk is free beside it to restore it for a proof',
  'no-memory': 'too little memory is free to restore it for a proof',
};

export const problemText = (problem: BackupProblem): string => problems[problem];

export const backupText = ({ state, record, whole }: JudgedBackup): string => {
  switch (state) {
    case 'proven':
      return record?.compared ? 'proven: restored, and the same as the living etcd' : 'proven: restored and counted';
    case 'unproven':
      return record?.problem ? `not proven: ${problems[record.problem]}` : 'not proven: nobody has restored it yet';
    case 'unfinished':
      return 'unfinished: it was being written, or its writing was cut off';
    case 'unusable':
      return `BAD: ${problems[record?.problem || 'no-restore']}`;
    case 'other-cluster':
      return `BAD: of another cluster (its kube-system is ${record?.uid ?? 'another one'})`;
    default:
      return `BAD: ${problems[whole === 'empty' || whole === 'cut' ? whole : 'changed']}`;
  }
};

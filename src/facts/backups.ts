/** What the script of backups prints (blueprint/components/etcd-backup-script.ts): read, or not believed. */
import {
  backupBytes,
  type BackupFile,
  backupProblems,
  type BackupProblem,
  type BackupRecord,
} from '../model/backup.js';
import { Unreadable } from '../model/fact.js';

const digest = /^[0-9a-f]{64}$/;
const place = /^\/var\/lib\/kubewizard\/(?:snapshots|backup)\/[A-Za-z0-9._-]+\.db(?:\.part)?$/;

/** The answer of `list`. Throws Unreadable where it broke off or makes no sense. */
export function readBackups(output: string): readonly BackupFile[] {
  const lines = output.trim().split('\n');
  if (lines.at(-1) !== 'end') throw new Unreadable('backups', output, 'the list broke off');
  return lines.slice(0, -1).map(line => fileIn(line) ?? unreadable(output, line));
}

/** The answer of `take` and `prove`: the path, and its record below it. */
export function readTaken(output: string): { readonly path: string; readonly record: BackupRecord } {
  const [path = '', json = ''] = output.trim().split('\n').slice(-2);
  const record = recordIn(json);
  if (!place.test(path) || !record) throw new Unreadable('backup', output, 'it does not say what was taken');
  return { path, record };
}

const unreadable = (output: string, line: string): never => {
  throw new Unreadable('backups', output, `a line of it makes no sense: ${line.slice(0, 80)}`);
};

const fileIn = (line: string): BackupFile | undefined => {
  const [whole = '', sum = '', size = '', written = '', packed = '', path = '', ...more] = line.split(' ');
  const known = backupBytes.find(one => one === whole);
  if (!known || more.length > 0 || !place.test(path) || !isCount(size) || !isInstant(written)) return undefined;
  const sha256 = digest.test(sum) ? sum : '';
  const record = packed === '-' ? undefined : recordIn(Buffer.from(packed, 'base64').toString());
  // A record of other bytes under the same name proves nothing.
  const own = record && sha256 !== '' && record.sha256 === sha256 ? record : undefined;
  return { path, size: Number(size), written: Number(written), whole: known, sha256, ...(own ? { record: own } : {}) };
};

const isCount = (text: string): boolean => /^\d{1,15}$/.test(text);
/** Seconds of which a calendar still has a day. */
const isInstant = (text: string): boolean => /^\d{1,12}$/.test(text);

const verdicts = ['proven', 'unproven', 'bad'] as const;

/** undefined: it is none, or one that says what cannot be. */
export const recordIn = (text: string): BackupRecord | undefined => {
  let raw: Readonly<Record<string, unknown>>;
  try {
    raw = JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  const verdict = verdicts.find(one => one === raw.verdict);
  const problem: BackupProblem | '' = backupProblems.find(one => one === raw.problem) ?? '';
  const sha256 = matching(raw.sha256, /^(?:[0-9a-f]{64})?$/);
  const uid = matching(raw.uid, /^(?:[0-9a-f-]{36})?$/);
  const etcd = matching(raw.etcd, /^[0-9.]{0,20}$/);
  const encryption = matching(raw.encryption, /^[A-Za-z0-9:._ -]{0,2000}$/);
  const authorities = matching(raw.authorities ?? '', /^(?:[0-9a-f]{64}(?: |$)){0,8}$/);
  if (authorities === undefined) return undefined;
  const [size, at, revision, keys, seconds] = [raw.size, raw.at, raw.revision, raw.keys, raw.seconds].map(counted);
  if (raw.version !== 1 || !verdict || sha256 === undefined || uid === undefined || etcd === undefined)
    return undefined;
  if (encryption === undefined || size === undefined || at === undefined) return undefined;
  if (revision === undefined || keys === undefined || seconds === undefined) return undefined;
  const compared = raw.compared === true;
  const known = { uid, authorities: words(authorities), encryption: words(encryption) };
  return { verdict, problem, sha256, size, at, revision, keys, compared, ...known, etcd, seconds };
};

const words = (text: string): readonly string[] => text.split(' ').filter(Boolean);

const matching = (value: unknown, pattern: RegExp): string | undefined =>
  typeof value === 'string' && pattern.test(value) ? value : undefined;

const counted = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

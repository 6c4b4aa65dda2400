/** Backups as text. */
import { createColors } from 'picocolors';
import { backupText, isSpoiled, type JudgedBackup } from '../../preflight/backups.js';
import { marked } from '../../shell/terminal.js';
import type { BackupList, Took } from '../../workflow/backup.js';
import { table } from './table.js';
import { count } from './words.js';

/** `102.4 MB`. */
const size = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
const instant = (seconds: number): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')}Z`;

export const tookText = ({ host, path, record, bundle }: Took): string => `\
taken and proven: ${host}:${marked(path)}
  ${size(record.size)}, revision ${record.revision}, ${count(record.keys, 'key')}; restored with etcd ${record.etcd} \
in ${record.seconds} s${record.compared ? ', keys and hash are those of the living etcd' : ''}
  ${needsText(record.encryption)}
${bundle === undefined ? '' : `with the cluster file and the keys, encrypted: ${marked(bundle)}\n`}`;

const needsText = (keys: readonly string[]): string =>
  keys.length > 0
    ? `its Secrets can be read only with ${keys.map(key => keyName(key)).join(', ')} of encryption.yaml: keep it too`
    : 'no Secret in it is encrypted: it holds none, or whoever has the file has them';

/** `k8s:enc:secretbox:v1:key1:` → `key1`. */
const keyName = (prefix: string): string => marked(prefix.split(':')[4] ?? prefix);

export const backupsText = ({ backups, missing }: BackupList, colors: boolean, columns?: number): string => {
  const color = createColors(colors);
  const paint = (one: JudgedBackup): string => {
    const text = marked(backupText(one));
    return isSpoiled(one) ? color.red(text) : one.state === 'proven' ? text : color.yellow(text);
  };
  const rows = backups.map(one => [
    instant(one.written),
    `${one.host}:${marked(one.path.split('/').at(-1) ?? '')}`,
    size(one.size),
    one.record ? String(one.record.revision) : '',
    one.record ? String(one.record.keys) : '',
    paint(one),
  ]);
  return [
    backups.length === 0
      ? 'no backup was found: kw backup takes one\n'
      : table(['when', 'backup', 'size', 'revision', 'keys', 'what it is worth'], rows, columns),
    ...(missing.length === 0 ? [] : [`\n${color.bold('Not seen')}\n`]),
    ...missing.map(one => `  ${marked(`${one.host}: ${one.why}`)}\n`),
  ].join('');
};

import { createHash } from 'node:crypto';
import { file as factOf, type FileState, hideKeys } from '../facts/file.js';
import { isSecret, mask } from '../model/content.js';
import { type Action, type Change, changed, removed } from '../model/resource.js';
import { giveBack, keepOriginal } from '../shell/original.js';
import { sh } from '../shell/sh.js';
import { defineKind } from './kind.js';
import { joinedText } from './kind/joined-text.js';
import type { FileWant } from './wants.js';

/** A file with this content, mode and owner, or none. */
export const file = defineKind<'file', FileWant, FileState>({
  kind: 'file',
  role: 'configuration',
  path: 'whole',
  read: (path, want) =>
    factOf(path, { sha256: want.sha256, secret: isSecret(want.content), owned: want.absent === true }),

  diff(want, have) {
    if (want.absent) return goes(want, have) ? [removed('file', have.is)] : [];
    if (have.is !== 'file') return [content(want, have), ...modeOf(want, undefined)];
    const changes: Change[] = have.sha256 === want.sha256 ? [] : [content(want, have)];
    if (have.mode !== want.mode) changes.push(...modeOf(want, have.mode));
    if (want.owner && !isOwner(want.owner, have.owner)) changes.push(changed('owner', have.owner, want.owner));
    return changes;
  },

  plan(path, want, changes) {
    if (want.absent) return { actions: [{ do: 'run', script: giveBack(path), says: `remove ${path}` }], risk: 'none' };
    const written = changes.some(change => change.field === 'content');
    return { actions: written ? write(path, want) : [correct(path, want)], risk: 'none' };
  },

  rollback: path => ({ by: 'files', paths: [path] }),
  serialClass: ({ key, changes }) =>
    isManifest(key) && changes.some(change => change.field === 'content' && change.verb === 'update')
      ? 'control-plane'
      : undefined,
  join: joinedFile,
  ideal: want =>
    want.absent
      ? { is: 'absent' }
      : { is: 'file', sha256: want.sha256, mode: want.mode, owner: want.owner ?? 'root:root', whose: 'ours' },
  undo: (_, want) => (want.absent ? undefined : { ...want, absent: true, ours: true }),
});

/** Two edits of one text, each in its own lines: both. */
function joinedFile(one: FileWant, other: FileWant, from?: string): FileWant | undefined {
  const rest = ({ content: _, sha256: __, ...more }: FileWant): string => JSON.stringify(more);
  const text = ({ content, absent }: FileWant): string | undefined =>
    absent || isSecret(content) ? undefined : mask(content);
  const [mine, yours] = [text(one), text(other)];
  if (from === undefined || mine === undefined || yours === undefined || rest(one) !== rest(other)) return undefined;
  const joined = joinedText(from, mine, yours);
  return joined === undefined ? undefined : { ...one, content: [joined], sha256: sha256Of(joined) };
}

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Of a static pod: where it becomes another, its kubelet replaces the pod at once. */
const isManifest = (path: string): boolean => path.startsWith('/etc/kubernetes/manifests/');

const goes = (want: FileWant, have: FileState): boolean => {
  if (have.is === 'absent') return false;
  const whose = have.is === 'file' ? have.whose : 'unknown';
  return whose === 'ours' || (whose === 'unknown' && !want.ours);
};

/** A secret shows as its reference and digests, everything else as text, with the same words hidden on both sides. */
function content(want: FileWant, have: FileState): Change {
  if (have.is !== 'file')
    return changed('content', have.is === 'absent' ? undefined : `a ${have.is}`, mask(want.content));
  if (have.text !== undefined && !isSecret(want.content))
    return changed('content', have.text, hideKeys(mask(want.content)));
  return changed('content', `sha256:${have.sha256}`, `sha256:${want.sha256}`);
}

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');
const modeOf = (want: FileWant, have: number | undefined): Change[] => [
  changed('mode', have === undefined ? undefined : octal(have), octal(want.mode)),
];

/** `etcd` names the user alone, `etcd:etcd` also the group. */
const isOwner = (wanted: string, have: string): boolean =>
  wanted.includes(':') ? wanted === have : wanted === have.split(':')[0];

const write = (path: string, { content, mode, owner }: FileWant): Action[] => [
  { do: 'run', script: keepOriginal(path), says: `keep what was at ${path}` },
  { do: 'put', path, content, mode, ...(owner === undefined ? {} : { owner }) },
];

const correct = (path: string, { mode, owner }: FileWant): Action => ({
  do: 'run',
  script: owner ? sh`chmod ${octal(mode)} ${path} && chown ${owner} ${path}` : sh`chmod ${octal(mode)} ${path}`,
  says: `set the mode of ${path}`,
});

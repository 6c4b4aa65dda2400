import { artifact as factOf, store, type ArtifactState } from '../facts/artifact.js';
import { changed, removed } from '../model/resource.js';
import { giveBack, keepOriginal } from '../shell/original.js';
import { defineKind } from './kind.js';
import type { ArtifactWant } from './wants.js';

/** An executable of this digest: a link into the host's content-addressed store. */
export const artifact = defineKind<'artifact', ArtifactWant, ArtifactState>({
  kind: 'artifact',
  role: 'program',
  path: 'partly',
  read: (path, want) => factOf(path, want.sha256),

  diff(want, have) {
    if (want.absent) return have.ours && have.is !== 'absent' ? [removed('version', want.version)] : [];
    if (have.is === 'linked') return have.whole ? [] : [changed('stored', 'missing or changed', named(want))];
    return [changed('version', before(have), named(want))];
  },

  plan(path, want) {
    if (want.absent) return { actions: [{ do: 'run', script: giveBack(path), says: `remove ${path}` }], risk: 'none' };
    return {
      actions: [
        { do: 'run', script: keepOriginal(path), says: `keep what was at ${path}` },
        { do: 'fetch', path, sha256: want.sha256, size: want.size, mode: 0o755 },
      ],
      risk: 'none',
    };
  },

  rollback: path => ({ by: 'files', paths: [path] }),
  ideal: want =>
    want.absent
      ? { is: 'absent', whole: true, ours: false }
      : { is: 'linked', whole: true, target: store(want.sha256), ours: true },
  undo: (_, want) => (want.absent ? undefined : { ...want, absent: true }),
});

const named = (want: ArtifactWant): string => `${want.version} (${want.sha256.slice(0, 12)})`;

function before(have: ArtifactState): string | undefined {
  if (have.is === 'absent') return undefined;
  if (have.is === 'file') return 'a file that Kubewizard did not put there';
  return /^[0-9a-f]{64}$/.test(have.target ?? '')
    ? have.target?.slice(0, 12)
    : `a link to ${have.target ?? 'somewhere else'}`;
}

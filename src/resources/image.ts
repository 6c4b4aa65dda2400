import { archiveLabel, image as factOf, type ImageState } from '../facts/image.js';
import { changed, removed } from '../model/resource.js';
import { type Script, sh } from '../shell/sh.js';
import { defineKind } from './kind.js';
import type { ImageWant } from './wants.js';

/** An image in the runtime, imported from an archive, so that no registry is needed. */
export const image = defineKind<'image', ImageWant, ImageState>({
  kind: 'image',
  read: (ref, want) => factOf(ref, want.sha256),

  diff(want, have) {
    if (want.absent) return have.is === 'present' ? [removed('image', 'imported')] : [];
    return have.is === 'present'
      ? []
      : [changed('image', before[have.is], `${want.name} (${want.sha256.slice(0, 12)})`)];
  },

  plan(ref, want) {
    if (want.absent)
      return {
        actions: [{ do: 'run', script: sh`ctr -n k8s.io images rm ${ref} >/dev/null`, says: `remove image ${ref}` }],
        risk: 'none',
      };
    return {
      actions: [
        { do: 'fetch', path: archive(want), sha256: want.sha256, size: want.size, mode: 0o600 },
        { do: 'run', script: load(ref, want), says: `import image ${ref}` },
      ],
      risk: 'none',
    };
  },

  rollback: () => ({ by: 'nobody', why: 'an image that was imported stays there, and does no harm' }),
  ideal: want => ({ is: want.absent ? 'absent' : 'present' }),
  undo: (_, want) => (want.absent ? undefined : { ...want, absent: true }),
});

const before = { absent: undefined, silent: undefined, other: 'another image of that name' } as const;

const archive = (want: ImageWant): string => `/var/lib/kubewizard/images/${want.sha256}.tar`;
const stored = (want: ImageWant): string => `/var/lib/kubewizard/store/${want.sha256}`;

/**
 * The CRI plugin only sees images labelled as managed (containerd, `io.cri-containerd.image`). The label with the
 * archive's digest comes last: without it the image is imported again. containerd keeps what it imported, so the
 * archive goes, and its place in the store too.
 */
const load = (
  ref: string,
  want: ImageWant,
): Script => sh`out=$(ctr -n k8s.io images import ${archive(want)} 2>&1) || { printf '%s\n' "$out" | \
tail -n 5 >&2; exit 1; }
found=$(ctr -n k8s.io images ls -q ${`name==${ref}`})
if [ -z "$found" ]; then echo ${`the archive ${want.name} holds no image ${ref}:`} "$out" >&2; exit 1; fi
ctr -n k8s.io images label ${ref} io.cri-containerd.image=managed \
${`${archiveLabel}=${want.sha256}`} >/dev/null || exit 1
rm -f ${archive(want)} ${stored(want)} ${`${stored(want)}.ok`}`;

import type { Fact } from '../model/fact.js';
import { Unreadable } from '../model/fact.js';
import { type Script, sh } from '../shell/sh.js';

export interface ImageState {
  /** other: an image of that name which was not imported from the wanted archive. silent: no containerd answers. */
  readonly is: 'present' | 'other' | 'absent' | 'silent';
}

/** The label that remembers the archive an image was imported from. */
export const archiveLabel = 'kubewizard.io/archive';

/** Whether the runtime has an image, imported from the archive of this digest: one fork where it does. */
export const image = (ref: string, sha256: string): Fact<ImageState> => ({
  id: `image:${ref}`,
  question: { ask: 'host', script: script(ref, sha256) },
  parse: output => read(`image:${ref}`, output),
});

// Without somebody who listens ctr tries for its whole two seconds, once per image: systemd is asked first.
const script = (
  ref: string,
  sha256: string,
): Script => sh`ask() { ctr -n k8s.io --connect-timeout 2s images ls -q "$1" 2>/dev/null; }
if ! command -v ctr >/dev/null || ! systemctl is-active -q containerd.service || \
! r=$(ask ${`name==${ref},labels."${archiveLabel}"==${sha256}`}); then echo silent
elif [ -n "$r" ]; then echo present
elif r=$(ask ${`name==${ref}`}); [ -n "$r" ]; then echo other
else echo absent; fi`;

function read(id: string, output: string): ImageState {
  const is = output.trim();
  if (is === 'present' || is === 'other' || is === 'absent' || is === 'silent') return { is };
  throw new Unreadable(id, output, 'neither present, other, absent nor silent');
}

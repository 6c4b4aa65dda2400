import type { Part } from './part.js';

/** Milliseconds that a small synchronous write takes on the disk that etcd will use, on average of 20: a tenth of a second on a good disk. */
export const sync: Part<number> = {
  script: `d=/var/lib/etcd; [ -d "$d" ] || d=/var/lib
f=$(mktemp "$d/.kw-sync.XXXXXX") && { LC_ALL=C timeout 2 dd if=/dev/zero of="$f" bs=2300 count=20 oflag=dsync 2>&1; rm -f "$f"; }`,
  read(text) {
    // 46000 bytes (46 kB, 45 KiB) copied, 0.0123 s, 3.7 MB/s
    const seconds = Number(/copied, ([0-9.e-]+) s/.exec(text)?.[1]);
    return /^20\+0 records out$/m.test(text) && Number.isFinite(seconds) ? seconds * 1000 / 20 : undefined;
  },
};

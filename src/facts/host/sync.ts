import { type Fact, Unreadable } from '../../model/fact.js';
import { sh } from '../../shell/sh.js';

/**
 * Milliseconds that a small synchronous write takes on the disk that etcd will use, on average of up to 20: a tenth of
 * a second in all on a good disk. A slow one is not waited for: dd tells how far it came (SIGUSR1) before it is ended.
 */
export const sync: Fact<number> = {
  id: 'sync',
  question: {
    ask: 'host',
    script: sh`d=/var/lib/etcd; [ -d "$d" ] || d=/var/lib
f=$(mktemp "$d/.kw-sync.XXXXXX") && { LC_ALL=C timeout -s USR1 -k 1 2 dd if=/dev/zero of="$f" bs=2300 count=20 \
oflag=dsync 2>&1; rm -f "$f"; }`,
  },
  parse(text) {
    // 20+0 records out, then: 46000 bytes (46 kB, 45 KiB) copied, 0.0123 s, 3.7 MB/s
    const last = [...text.matchAll(/^(\d+)\+0 records out\n.* copied, ([0-9.e+-]+) s/gm)].at(-1);
    const [writes, seconds] = [Number(last?.[1]), Number(last?.[2])];
    if (!(writes > 0 && Number.isFinite(seconds)))
      throw new Unreadable('sync', text, 'dd does not say how long its writes took');
    return (seconds * 1000) / writes;
  },
};

import { prints } from '../facts/script.js';
import type { Change } from '../model/resource.js';
import { raw, type Script, scripts, sh } from '../shell/sh.js';
import { disturbs } from './kind/disturbs.js';
import { defineKind } from './kind.js';
import { shown } from './kind/shown.js';
import { awaited, find, running } from './static-pod/scripts.js';
import type { StaticPodWant } from './wants.js';

/** A program in a static pod that runs, and is younger than every file that it reads. */
export const staticPod = defineKind<'staticPod', StaticPodWant, readonly string[]>({
  kind: 'staticPod',
  role: 'pod',
  read: (program, { reads }) => prints(`static-pod:${program}`, sh`${raw(find(program, reads))}${raw(running)}`),
  diff: (_, have) => (have.length === 0 ? [] : [fresh(shown(have))]),
  predictChanges({ reads }, have, written) {
    const paths = reads.filter(path => written.has(path));
    return have.length === 0 && paths.length > 0 ? [fresh(`what has read ${paths.join(', ')} before`)] : [];
  },
  plan: (program, want) => ({
    actions: [{ do: 'run', script: restart(program, want), says: `restart ${program}` }],
    risk: 'downtime',
  }),
  rollback: program => ({ by: 'pod', program }),
  serialClass: disturbs,
  join: (one, other) => ({
    reads: [...new Set([...one.reads, ...other.reads])],
    ...((one.end ?? other.end) ? { end: true as const } : {}),
  }),
  ideal: () => [],
});

const fresh = (from: string): Change => ({ verb: 'restart', field: 'fresh', from, to: 'nothing' });

/** No manifest moves, so nothing is lost when a therapy is cut off here. */
const restart = (program: string, { reads, end }: StaticPodWant): Script =>
  scripts([
    sh`${raw(find(program, reads))}${raw(end ? sh`kill -TERM $(outdated | cut -d " " -f 1) 2>/dev/null || :` : sh`:`)}`,
    awaited,
  ]);

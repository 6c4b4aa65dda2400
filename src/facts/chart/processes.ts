import { components } from '../../model/components.js';
import { NotSeen } from '../../model/fact.js';
import { chartFact } from './chart-fact.js';
import type { ProcessSeen } from './host-chart.js';
import { comm } from './prelude.js';
import { redact, redactTree } from '../../model/redaction/redact.js';
import { raw, sh } from '../../shell/sh.js';

/**
 * Programs that run a host or its control plane: units, or static pods, whose UID is a digest of their manifest. A pod
 * of the API has a UUID: whatever calls itself so there is somebody's workload, and its flags say nothing of this
 * cluster.
 */
const ofTheHost: ReadonlySet<string> = new Set([
  ...components.map(one => one.program).filter(program => program !== 'kube-proxy'),
  'dockerd',
  'cri-dockerd',
  'crio',
]);

/**
 * Seconds since 1970. `btime` has whole seconds and stays where a clock that was set later has gone on; the uptime is
 * finer, but a container may be given one of its own: taken only where both agree.
 */
const bootOf = (output: string): number => {
  const coarse = Number(/^#btime (\d+)$/m.exec(output)?.[1]);
  const [, now, up] = /^#uptime ([\d.]+) ([\d.]+)/m.exec(output) ?? [];
  const fine = Number(now) - Number(up);
  return Math.abs(fine - coarse) < 3 ? fine : coarse;
};

/** Of the process at `$p`: does it run in a container, and in one of a pod of the API? No program is started for it. */
export const contained = sh`g=; while IFS= read -r l; do g="$g $l"; done 2>/dev/null <"$p/cgroup"
  x='[0-9a-f][0-9a-f][0-9a-f][0-9a-f]'
  case $g in *kubepods* | */docker* | *libpod* | *crio-*) echo '=contained';; esac
  case $g in *pod$x$x[-_]$x[-_]$x[-_]*) echo '=of the API';; esac
  case $g in */"$c"*.service*) echo '=unit';; esac`;

/** What a cgroup allows (`$2`), where that is less than everything, and what it has taken of it (`$3`). */
const limits = sh`limit() {
  IFS= read -r m 2>/dev/null <"$2" || return 0
  case $m in max* | -1 | 9223372036854*) return 0;; esac
  echo "=held $1.max $m"
  while IFS= read -r l; do
    case $l in 'anon '* | 'total_rss '* | nr_* | [0-9]*) echo "=held $1 $l";; esac
  done 2>/dev/null <"$3"
}`;

/**
 * Of the process at `$p`: what its own cgroups (of version 2, or of 1) leave it; and whether the program that it was
 * started from is still there for the next start.
 */
const held = sh`while IFS=: read -r _ k c; do
    d=/sys/fs/cgroup/$k$c
    case ,$k, in
    ,,) d=/sys/fs/cgroup$c
      limit cpu "$d/cpu.max" "$d/cpu.stat"
      limit pids "$d/pids.max" "$d/pids.current"
      limit memory "$d/memory.max" "$d/memory.stat";;
    *,cpu,*) limit cpu "$d/cpu.cfs_quota_us" "$d/cpu.stat";;
    ,pids,) limit pids "$d/pids.max" "$d/pids.current";;
    ,memory,) limit memory "$d/memory.limit_in_bytes" "$d/memory.stat";;
    esac
  done 2>/dev/null <"$p/cgroup"
  n=$(printf '%s' "$a" | head -n 1)
  case $n in /*) [ -e "$n" ] || echo '=gone';; esac`;

export const processes = chartFact({
  id: 'processes',
  question: {
    ask: 'host',
    seconds: 5,
    bytes: 1024 * 1024,
    script: sh`${raw(limits)}
sed -n 's/^btime /#btime /p' /proc/stat
printf '#uptime %s\\n' "$(date +%s.%N) $(cat /proc/uptime)"
for p in /proc/[0-9]*; do
  IFS= read -r c 2>/dev/null <"$p/comm" || continue
  case $c in ${raw(comm)}) ;; *) continue;; esac
  IFS= read -r s 2>/dev/null <"$p/stat" || continue
  printf '#process %s %s\\n' "\${p#/proc/}" "\${s##*) }"
  a=$(tr '\\000' '\\n' <"$p/cmdline" 2>/dev/null)
  printf '%s\\n' "$a" | sed -e 's/^/=arg /' \
-e '/^=arg --[a-z-]*\\(password\\|secret\\|token\\)$/{n;s/^/=arg /;s/^=arg [^-\\/].*/=arg REDACTED/;}' \
-e 's/^\\(=arg --[a-z-]*\\(password\\|secret\\)=\\).*/\\1REDACTED/; s/^\\(=arg --token=\\).*/\\1REDACTED/'
  ! grep -qai _proxy= "$p/environ" 2>/dev/null || \
tr '\\000' '\\n' <"$p/environ" 2>/dev/null | sed -n \
-e 's/^\\([Hh][Tt][Tt][Pp][Ss]\\{0,1\\}_[Pp][Rr][Oo][Xx][Yy]=\\)/=env \\1/p' \
-e 's/^\\([Nn][Oo]_[Pp][Rr][Oo][Xx][Yy]=\\)/=env \\1/p'
  ${raw(contained)}
  ${raw(held)}
done`,
  },
  parse: output => {
    const boot = bootOf(output);
    if (!Number.isFinite(boot)) throw new NotSeen('/proc/stat does not say when the host started');
    return inUnitsFirst(output.split(/^#process /m).slice(1)).flatMap(part => {
      const [head = '', ...lines] = part.split('\n');
      const [pid, state = '', ...stat] = head.split(' ');
      const argv = redactTree(lines.filter(line => line.startsWith('=arg ')).map(line => line.slice(5)));
      const program = argv[0]?.split('/').at(-1)?.replace(/:$/, '') ?? '';
      // Fields 4 and on follow the state; 22 is the start in ticks of a hundredth of a second since boot (proc(5)).
      const ticks = Number(stat[18]);
      if (program === '' || !Number.isFinite(ticks)) return [];
      if (lines.includes('=of the API') && ofTheHost.has(program)) return [];
      const proxies = Object.fromEntries(
        lines
          .filter(line => line.startsWith('=env '))
          .map(line => [line.slice(5, line.indexOf('=', 5)), redact(line.slice(line.indexOf('=', 5) + 1))]),
      );
      return [
        {
          program,
          pid: Number(pid),
          argv,
          proxies,
          startedAt: new Date((boot + ticks / 100) * 1000).toISOString(),
          contained: lines.includes('=contained'),
          ...(/^[Tt]$/.test(state) && { halted: true as const }),
          ...(lines.includes('=gone') && !lines.includes('=contained') && { gone: true as const }),
          ...limitsIn(lines),
        },
      ];
    });
  },
});

/** A second process of a component (a copy for a rehearsal, a person's own) is not taken for the one that serves. */
const inUnitsFirst = (parts: readonly string[]): readonly string[] => [
  ...parts.filter(part => /^=unit$/m.test(part)),
  ...parts.filter(part => !/^=unit$/m.test(part)),
];

/** `=held cpu.max 1000 100000`, `=held cpu nr_throttled 12`; `=held pids.max 8`, `=held pids 8`. */
const limitsIn = (lines: readonly string[]): Pick<ProcessSeen, 'limits'> => {
  const told = new Map(
    lines.flatMap(line => {
      const [, key, value] = /^=held (\S+(?: [a-z_]+)?) (\d+)/.exec(line) ?? [];
      return key === undefined ? [] : [[key, Number(value)] as const];
    }),
  );
  const both = (limit: string, now: string): { readonly most: number; readonly now: number } | undefined => {
    const [most, used] = [told.get(limit), told.get(now)];
    return most === undefined || used === undefined ? undefined : { most, now: used };
  };
  const [tasks, memory] = [
    both('pids.max', 'pids'),
    both('memory.max', 'memory anon') ?? both('memory.max', 'memory total_rss'),
  ];
  const [periods, throttled] = [told.get('cpu nr_periods'), told.get('cpu nr_throttled')];
  const cpu =
    periods !== undefined && throttled !== undefined && told.has('cpu.max') ? { periods, throttled } : undefined;
  return tasks || memory || cpu
    ? { limits: { ...(tasks && { tasks }), ...(memory && { memory }), ...(cpu && { cpu }) } }
    : {};
};

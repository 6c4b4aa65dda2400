/** Who touched files, by the kernel's audit log: only where the host's owner has rules for them. */
import type { Fact } from '../../model/fact.js';
import { Unreadable } from '../../model/fact.js';
import { sh } from '../../shell/sh.js';

export interface FileTouch {
  /** Seconds since 1970. */
  readonly at: number;
  /** Who logged in, whatever they became since. */
  readonly user: string;
  readonly program: string;
}

/** By path, the newest last; [] where the host keeps no such log. */
export const fileAudit = (paths: readonly string[]): Fact<ReadonlyMap<string, readonly FileTouch[]>> => ({
  id: 'file-audit',
  question: {
    ask: 'host',
    seconds: 30,
    bytes: 1 << 20,
    script: sh`if command -v ausearch >/dev/null 2>&1; then
  for p in ${paths}; do
    echo path
    ausearch --input-logs --raw -f "$p" 2>/dev/null | grep '^type=SYSCALL.* success=yes' | tail -n 20
  done
  echo users
  getent passwd | cut -d : -f 1,3 | head -n 2000
fi
echo end`,
  },
  parse: output => {
    if (!/^end$/m.test(output)) throw new Unreadable('file-audit', output, 'it has no end');
    const [log = '', users = ''] = output.split(/^users$/m);
    const names = new Map(
      [...users.matchAll(/^([^:\n]{1,64}):(\d{1,10})$/gm)].map(([, name = '', id = '']) => [id, name]),
    );
    const parts = log.split(/^path$/m).slice(1);
    return new Map(
      paths.map((path, at) => [path, (parts[at] ?? '').split('\n').flatMap(line => touchIn(line, names) ?? [])]),
    );
  },
});

/** The id of nobody: a daemon, which no login began. */
const unset = '4294967295';

function touchIn(line: string, names: ReadonlyMap<string, string>): FileTouch | undefined {
  const at = Number(/^type=SYSCALL msg=audit\((\d{1,12}\.\d{3}):\d+\)/.exec(line)?.[1]);
  const id = / auid=(\d{1,10}) /.exec(line)?.[1];
  const program = / exe="([^"]{1,200})"/.exec(line)?.[1];
  if (!Number.isFinite(at) || id === undefined || program === undefined) return undefined;
  return { at, user: id === unset ? '' : (names.get(id) ?? `uid ${id}`), program };
}

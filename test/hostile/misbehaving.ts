/** A host in foreign hands: whatever it is asked to run, it runs `deed` (POSIX sh), which has the script in $KW_SENT. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { bounds, type Bounds } from '../../src/transport/bounds.js';
import { childExecution, letGo } from '../../src/transport/child.js';
import type { Connection } from '../../src/transport/connection.js';
import { failed } from '../../src/transport/failures.js';
import { session } from '../../src/transport/session.js';
import type { WorldFailed } from '../../src/model/event.js';

/** Small enough for a test; the ways are the same. */
export const tight: Bounds = { ...bounds, startMs: 1500, runMs: 2000, killMs: 1500, forwardMs: 500 };

/** What a script looks like from a host whose `sh` is a wrapper: it takes in what it is sent, then does as it likes. */
export const hostile = (host: string, misdeed: string, limits: Bounds = tight): Connection => {
  const children = new Set<ChildProcessWithoutNullStreams>();
  let end: (why?: WorldFailed) => void = () => {};
  let over: WorldFailed | undefined;
  const lost = new Promise<WorldFailed | undefined>(resolve => {
    end = resolve;
  });
  const close = (why?: WorldFailed): void => {
    over ??= why ?? failed(host, 'unreachable', 'the connection was closed');
    for (const child of children) letGo(child);
    end(why);
  };
  return session(
    {
      lost,
      async exec() {
        if (over) throw over;
        const child = spawn('sh', ['-c', `IFS= read -r n; KW_SENT=$(head -c "$n"); export KW_SENT; ${misdeed}`], {
          detached: true,
          stdio: 'pipe',
        });
        children.add(child);
        child.once('close', () => children.delete(child));
        return childExecution(child);
      },
      forward: () => new Promise(() => {}),
      close: () => close(),
      drop: close,
    },
    { host, user: 'root', root: 'is root' },
    limits,
  );
};

const go = "printf '\\nkw-go %s\\n' $$; ";
const deaf = "trap '' TERM HUP INT; ";

/** Each way of being a bad host, as a deed. */
export const misdeeds: Readonly<Record<string, string>> = {
  'prints without end': `${go}exec cat /dev/zero`,
  'prints lines without end': `${go}exec yes`,
  'complains without end': `${go}cat /dev/zero >&2`,
  'prints without end before it starts': 'exec yes',
  'prints zeroes before it starts': 'exec cat /dev/zero',
  'never starts': 'sleep 60',
  'takes nothing in': 'exec 0<&-; sleep 60',
  'answers byte by byte': `${go}while :; do printf a; sleep 0.05; done`,
  'starts byte by byte': 'while :; do printf k; sleep 0.05; done',
  'hangs in a FIFO': `${go}d=$(mktemp -d) && mkfifo "$d/p" && exec cat "$d/p"`,
  'does not let go when it is killed': `${deaf}${go}while :; do sleep 0.1; done`,
  'leaves a child behind that holds the session': `${go}setsid sleep 30 & wait`,
  'tells another process id': "printf '\\nkw-go 99999999999999999999\\n'; printf '\\nkw-go x;reboot\\n'; sleep 60",
  'answers garbage': `${go}head -c 3000000 /dev/urandom`,
  'answers nothing': go,
};

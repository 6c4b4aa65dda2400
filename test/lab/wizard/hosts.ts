/** What lab hosts say of themselves: which units started when, which files were written when. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../scenario.js';

/** `host: thing` -> a mark that changes when the thing is started or written again. */
export type Marks = ReadonlyMap<string, string>;

/** Where Kubewizard writes, and where nobody else does while a cluster runs. */
const written =
  '/etc /opt /usr/local /var/lib/kubewizard /var/lib/kubelet/config.yaml /var/lib/kubelet/pki/kubelet.crt ' +
  '/var/lib/kubelet/pki/kubelet.key /var/lib/kube-proxy';

// The units of a login come and go with ssh, and a lock is what a run leaves for a moment.
const script = `systemctl show '*.service' -p Id -p InvocationID -p ActiveEnterTimestampMonotonic -p ActiveState | awk -F= '
  /^Id=/ { id = $2 } /^InvocationID=/ { inv = $2 } /^ActiveEnter/ { at = $2 } /^ActiveState=/ { state = $2 }
  /^$/ { if (state == "active") print "unit " id " " inv "/" at } END { if (state == "active") print "unit " id " " inv "/" at }' |
  grep -v ' user@\\| user-runtime-dir@\\| session-\\| systemd-\\| dpkg-db-backup\\| apt-daily'
find ${written} -xdev ! -name lock ! -path /var/lib/kubewizard -printf 'file %p %i/%T@/%C@\\n' 2>/dev/null`;

export const marks = async (t: Stage, hosts: readonly string[]): Promise<Marks> => {
  const all = await Promise.all(
    hosts.map(async host => {
      const { stdout, stderr } = await t.on(host, script);
      const lines = stdout.split('\n').filter(line => /^(unit|file) /.test(line));
      if (lines.filter(line => line.startsWith('unit ')).length < 5 || lines.length < 100)
        throw new Error(`${host} says too little: ${stdout.slice(0, 300)} ${stderr}`);
      return lines.map(line => {
        const cut = line.lastIndexOf(' ');
        return [`${host}: ${line.slice(0, cut)}`, line.slice(cut + 1)] as const;
      });
    }),
  );
  return new Map(all.flat());
};

/** What was started, stopped, written or removed between two looks, sorted. */
export const changed = (before: Marks, after: Marks): readonly string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter(thing => before.get(thing) !== after.get(thing)).sort();

/** What a script that was cut off may leave beside a file; none of it may be there once a run has converged. */
export const leftovers = async (t: Stage, hosts: readonly string[]): Promise<readonly string[]> => {
  const found = await Promise.all(
    hosts.map(async host => {
      const { stdout } = await t.on(
        host,
        `find ${written} /var/lib/etcd /var/lib/kubelet -xdev \\( -name '.kw-new.*' -o -name '*.part' -o -name ` +
          `'*kw-part*' -o -name '*.ok.new' \\) 2>/dev/null; ls -A /run/kubewizard/run /run/kubewizard/script ` +
          '2>/dev/null',
      );
      return stdout
        .split('\n')
        .filter(line => line !== '')
        .map(line => `${host}: ${line}`);
    }),
  );
  return found.flat();
};

/** Files of the content-addressed store whose content is not what their name says. */
export const broken = async (t: Stage, hosts: readonly string[]): Promise<readonly string[]> => {
  const found = await Promise.all(
    hosts.map(async host => {
      const { stdout } = await t.on(
        host,
        `cd /var/lib/kubewizard/store && ls | wc -l && ls | grep -E '^[0-9a-f]{64}$' | xargs -r sha256sum | awk ` +
          `'$1 != $2 { print "wrong " $2 }'`,
      );
      const [count, ...wrong] = stdout.trim().split('\n');
      if (!(Number(count) > 2)) throw new Error(`${host} has no store: ${stdout}`);
      return wrong.map(line => `${host}: ${line}`);
    }),
  );
  return found.flat();
};

/** A machine under load makes everything wait; whoever waits longer than this waits for what will not come. */
const patience = 5 * 60;

/** Asks again until the answer is there; where there is none for five minutes, it fails. */
export const until = async <T>(says: string, ask: () => Promise<T | undefined>, every = 300): Promise<T> => {
  const end = Date.now() + patience * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`not within ${patience} s: ${says}`);
    await sleep(every);
  }
};

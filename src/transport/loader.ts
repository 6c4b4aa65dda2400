/**
 * How a script gets to a host without ever being in argv: a small constant command reads its length and then its bytes
 * from stdin, says that it is about to start, and evaluates it.
 */

import { type Script, sh } from '../shell/sh.js';

const start = '\nkw-go ';

// ${#s} counts bytes only in the C locale. A script that arrived cut off must not run at all.
const load = (length: string): string =>
  [
    'LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'export LC_ALL PATH',
    'cd /',
    length,
    's=$(head -c "$n")',
    '[ ${#s} = "$n" ] || exit 125',
    'printf "\\n%s %s\\n" kw-go $$',
    'eval "$s"',
  ].join('; ');

const first = 'IFS= read -r n';
// A password that sudo did not ask for, because it remembers the last one, is skipped.
const afterPassword = 'while IFS= read -r n; do case $n in kw-script*) break;; esac; done; n=${n#kw-script }';

/** How scripts become root: they are; sudo asks for nothing; sudo wants this password. */
export type BecomeRoot = 'is root' | 'sudo' | { readonly password: string };

// Its words in English, whatever the user's login shell is set to.
export const sudo = 'env LC_ALL=C sudo';

/**
 * The remote command. sudo drops SSH_CONNECTION, by which a host knows the control machine's address: it is handed over
 * as a word. /bin/sh: sudo's secure_path may lack the folder of sh.
 */
export const loader = (root: BecomeRoot): string =>
  root === 'is root'
    ? `exec sh -c '${load(first)}' kw`
    : `exec ${sudo} ${root === 'sudo' ? '-n' : "-S -p ''"} /bin/sh -c 'SSH_CONNECTION=$1; export SSH_CONNECTION; ` +
      `${load(root === 'sudo' ? first : afterPassword)}' kw "$SSH_CONNECTION"`;

/**
 * What to write to its stdin. Nothing else may follow until the loader said that it starts: not every `head -c` leaves
 * in the pipe what it was not asked for (busybox 1.35 reads ahead).
 */
export const framed = (script: Script, root: BecomeRoot): Buffer => {
  if (script.includes('\0')) throw new Error('a script cannot hold a NUL character');
  // $(…) drops newlines at the end.
  const bytes = Buffer.from(script.replace(/\n+$/, ''));
  const before = typeof root === 'object' ? `${root.password}\nkw-script ` : '';
  return Buffer.concat([Buffer.from(`${before}${bytes.length}\n`), bytes]);
};

export interface Started {
  /** Process id of the shell that evaluates the script. */
  readonly pid: number;
  /** Where the script's own output begins. */
  readonly from: number;
}

/** Looks for the loader's word in what came so far; what a profile printed before it is skipped. */
export const started = (output: Buffer): Started | undefined => {
  const at = output.indexOf(start);
  const end = at < 0 ? -1 : output.indexOf('\n', at + start.length);
  if (end < 0) return undefined;
  const pid = /^[1-9]\d{0,9}$/.exec(output.toString('latin1', at + start.length, end))?.[0];
  return pid === undefined ? undefined : { pid: Number(pid), from: end + 1 };
};

/** Kills a script and its children: TERM to its process group, KILL a second later. Run as root. */
export const killer = (pid: number): Script => sh`
p=${pid}
# The number may belong to somebody else by now. kill gets no -- : dash takes it for a process.
tr '\\0' ' ' <"/proc/$p/cmdline" 2>/dev/null | grep -q kw-go || exit 0
g=$(sed 's/.*) [A-Za-z] [0-9]* \\([0-9]*\\) .*/\\1/' "/proc/$p/stat") || exit 0
kill -TERM "-$g" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "-$g" 2>/dev/null || exit 0; sleep 0.1; done
kill -KILL "-$g" 2>/dev/null
exit 0`;

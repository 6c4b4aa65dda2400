/** Why a script did not start although the login succeeded: one cause, one sentence, and the line that would do. */
import type { FailureClass, WorldFailed } from '../model/event.js';
import { failed } from './failures.js';
import { pattern } from '../model/pattern.js';

type Cause = {
  readonly when: RegExp;
  readonly kind?: FailureClass;
  readonly says: (user: string) => string;
  readonly help: (user: string) => string;
};

const place = '/etc/sudoers.d/kubewizard on the host (visudo -f)';
const line = (text: string): string => `put this line into ${place}:\n  ${text}`;
const everything = (user: string): string => `${line(`${user} ALL=(ALL) NOPASSWD: ALL`)}\nor connect as root`;

/** The first that fits; the order matters where sudo says several things. */
const causes: readonly Cause[] = [
  {
    when: /sudo: (command )?not found|sudo.*No such file|unknown command: sudo/i,
    says: user => `${user} is not root, and the host has no sudo`,
    help: user => `install sudo, and ${everything(user)}`,
  },
  {
    when: /must have a tty to run sudo|requiretty/,
    says: user => `sudo lets ${user} in only from a terminal (requiretty)`,
    help: user => line(`Defaults:${user} !requiretty`),
  },
  {
    when: /no new privileges|setuid root|effective uid is not 0/,
    says: () => 'sudo on the host cannot become root: it has lost its setuid bit, or runs where new privileges are off',
    help: () => 'reinstall sudo, and look at how sshd is started there (NoNewPrivileges); or connect as root',
  },
  {
    when: /is not in the sudoers file|may not run sudo|not allowed to run sudo|can't do that/,
    says: user => `${user} is not allowed to use sudo`,
    help: everything,
  },
  {
    when: /is not allowed to execute/,
    says: user => `sudo allows ${user} some commands only, and not a shell as root`,
    help: everything,
  },
  {
    when: pattern(
      /parse error|sudoers.*syntax error|syntax error.*sudoers/i,
      /|sudoers.*(is world writable|is owned by|bad permissions)/i,
    ),
    says: () => 'sudo on the host does not work: its sudoers file is broken',
    help: () => 'correct it on the host: visudo -c names the line',
  },
  {
    when: /account validation failure|[Pp]assword (has |is )?expired|Account or password is expired/,
    says: user => `the account of ${user} is locked or has expired, says sudo`,
    help: user => `look at it on the host: chage -l ${user}`,
  },
  {
    when: /sudo: (\/bin\/)?sh: command not found|unable to execute \/bin\/sh/,
    says: () => 'sudo finds no shell on the host: its secure_path lacks /bin',
    help: user => line(`Defaults:${user} secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"`),
  },
  {
    when: /head: (Permission|Operation)|cannot (execute|fork)|head.*Permission denied/,
    says: user => `sudo gives ${user} a shell from which nothing can be started (NOEXEC)`,
    help: user => `${line(`${user} ALL=(ALL) NOPASSWD: EXEC: ALL`)}\nand take "Defaults noexec" away for ${user}`,
  },
  {
    when: /password is required|interactive authentication is required|terminal is required|no password was provided/,
    says: user => `sudo wants the password of ${user}`,
    help: user => `run it with --ask-sudo-pass, or ${everything(user)}`,
  },
];

/** What sudo said, in our words; undefined: nothing that is known. */
export const sudoRefusal = (host: string, user: string, output: string): WorldFailed | undefined => {
  const cause = causes.find(({ when }) => when.test(output));
  return cause && failed(host, cause.kind ?? 'auth', cause.says(user), cause.help(user));
};

export const notStarted = (host: string, user: string, code: number | undefined, output: string): WorldFailed =>
  (user === 'root' ? undefined : sudoRefusal(host, user, output)) ??
  (/(^|\n)sudo: /.test(output)
    ? failed(host, 'auth', `sudo refused ${user}: ${lastLine(output)}`, everything(user))
    : failed(
        host,
        'exit',
        `the host did not start a script (exit code ${code ?? 'none'})${output.trim() ? `: ${output}` : ''}`,
        `try: ssh ${user}@… true; the user needs a login shell, and the host sh and head`,
      ));

/** The lecture and warnings come first. */
const lastLine = (output: string): string => output.trim().split('\n').at(-1) ?? '';

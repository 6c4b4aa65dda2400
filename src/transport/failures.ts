/** The failures of a transport, worded once. */
import { escapeForTerminal } from '../shell/terminal.js';
import { WorldFailed, type FailureClass } from '../model/event.js';

const longest = 4096;

/** `said` is cut to 4 KiB and its control characters are escaped. */
export const failed = (host: string, kind: FailureClass, message: string, help?: string): WorldFailed => {
  const text = escapeForTerminal(message.trim());
  return new WorldFailed({
    class: kind,
    host,
    message: text.length > longest ? `${text.slice(0, longest)} …` : text,
    ...(help === undefined ? {} : { help }),
  });
};

export const interrupted = (host: string): WorldFailed => failed(host, 'exit', 'interrupted');

const sudoers = (user: string): string =>
  `let ${user} become root without a password: put the line\n  ${user} ALL=(ALL) NOPASSWD: ALL\ninto ` +
  '/etc/sudoers.d/kubewizard on the host (visudo -f), or connect as root';

/** Why a script did not start although the login succeeded. */
export const notStarted = (host: string, user: string, code: number | undefined, message: string): WorldFailed => {
  if (/sudo: command not found|sudo: not found|sudo.*No such file/.test(message))
    return failed(
      host,
      'auth',
      `${user} is not root and the host has no sudo: ${message}`,
      `install sudo and ${sudoers(user)}`,
    );
  if (/(^|\n)sudo: |sudoers/.test(message))
    return failed(host, 'auth', `sudo refused ${user}: ${message}`, sudoers(user));
  return failed(
    host,
    'exit',
    `the host did not start a script (exit code ${code ?? 'none'})${message.trim() ? `: ${message}` : ''}`,
    `try: ssh ${user}@… true; the user needs a login shell, and the host sh and head`,
  );
};

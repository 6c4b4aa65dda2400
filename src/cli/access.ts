/** What only a person can say of the way to hosts: asked on the terminal, on stderr, or said by an option. */
import type { WriteStream } from 'node:tty';
import { confirm, isCancel, password } from '@clack/prompts';
import type { NewHostKey } from '../transport/needs-answer.js';
import { escapeForTerminal } from '../shell/terminal.js';
import type { Ports, SudoQuestion } from '../workflow/ports.js';
import type { AccessOptions } from './access-options.js';
import { type Asking, askingTerminal } from './asking.js';
import { interrupted } from './complaint.js';
import { table } from './view/table.js';
import { count } from './view/words.js';

export const accessPorts = ({
  acceptNew,
  askSudoPass,
}: AccessOptions): Pick<Ports, 'trustHostKeys' | 'sudoPassword'> => {
  const person = askingTerminal();
  return {
    ...(acceptNew ? { trustHostKeys: accept } : person ? { trustHostKeys: ask(person) } : {}),
    ...(person ? { sudoPassword: askPassword(person) } : askSudoPass ? { sudoPassword: onceFrom(firstLine) } : {}),
  };
};

const accept = async (keys: readonly NewHostKey[]): Promise<boolean> => {
  process.stderr.write(`${newKeysText(keys)}trusted, as --accept-new says\n`);
  return true;
};

/** Whoever presses Ctrl-C at a question wants an end, not the answer no and the next question. */
const leave = (): never => {
  process.stderr.write('interrupted\n');
  process.exit(interrupted);
};

/** @param cancelled What follows Ctrl-C. */
export const ask =
  (person: Asking, cancelled: () => void = leave): NonNullable<Ports['trustHostKeys']> =>
  async keys => {
    person.output.write(newKeysText(keys, (person.output as Partial<WriteStream>).columns));
    const message = keys.length === 1 ? 'Trust this key?' : `Trust all ${keys.length} keys?`;
    const answer = await confirm({ message, initialValue: false, ...person });
    if (isCancel(answer)) cancelled();
    return answer === true;
  };

/**
 * In the order of the file, ends with a newline. A fingerprint is read letter by letter: where it does not fit behind
 * the rest it stands on a line of its own.
 */
export const newKeysText = (keys: readonly NewHostKey[], columns?: number): string => {
  const rows = keys.map(({ host, name, type, fingerprint }) => [host.name, name, type, fingerprint] as const);
  const shown = table(['host', 'known as', 'key', 'fingerprint'], rows, columns);
  return escapeForTerminal(
    `${count(keys.length, 'host')} with a key that nobody knows yet:\n${shown}` +
      'compare on each host: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\n',
  );
};

/** @param cancelled What follows Ctrl-C. */
export const askPassword =
  (person: Asking, cancelled: () => void = leave): NonNullable<Ports['sudoPassword']> =>
  async question => {
    const answer = await password({ message: sudoText(question), ...person });
    if (!isCancel(answer)) return answer;
    cancelled();
    return undefined;
  };

export const sudoText = ({ user, hosts, refused }: SudoQuestion): string => {
  const some = hosts.length > 5 ? [...hosts.slice(0, 4), `${hosts.length - 4} more`] : hosts;
  const where = some.map(escapeForTerminal).join(', ');
  return refused
    ? `sudo on ${where} does not take that one. The password of ${user} there?`
    : `Password of ${user} for sudo on ${where}?`;
};

/** What is asked for again, since it was refused, is not there a second time. */
const onceFrom = (read: () => Promise<string>): NonNullable<Ports['sudoPassword']> => {
  let was = false;
  return async () => {
    if (was) return undefined;
    was = true;
    return read();
  };
};

const firstLine = async (): Promise<string> => {
  let text = '';
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.includes('\n')) break;
  }
  return text.split(/\r?\n/)[0] ?? '';
};

/** How scripts on a host become root, found out once per connection: a wrong password is tried once, not by each. */
import { lastOf } from './bounds.js';
import { SudoPasswordWanted } from './needs-answer.js';
import { failed } from './failures.js';
import { type BecomeRoot, sudo } from './loader.js';
import { notStarted, sudoRefusal } from './not-started.js';
import type { Wire } from './wire.js';

interface Who {
  readonly host: string;
  readonly user: string;
}

const timeoutMs = 30_000;
const word = 'kw-root';

// A shell that can start something: what noexec forbids must fail here. Not every shell has `head` built in; none does.
const attempt = "/bin/sh -c 'PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin; head -c 0 /dev/null && echo " + `${word}'`;

/** Rejects with SudoPasswordWanted where sudo wants a password (another one), else with why there is no way to root. */
export const becomeRoot = async (wire: Wire, who: Who, password: string | undefined): Promise<BecomeRoot> => {
  if (who.user === 'root') return 'is root';
  const free = await answer(wire, `exec ${sudo} -n ${attempt}`, '');
  if (free.ok) return 'sudo';
  if (!wantsPassword(free.output)) throw refused(who, free);
  if (password === undefined) throw wanted(who, free, false);
  // -k: a password that sudo remembers from a moment ago would let any other pass.
  const asked = await answer(wire, `exec ${sudo} -k -S -p '' ${attempt}`, `${password}\n`);
  if (asked.ok) return { password };
  if (isWrong(asked.output)) throw wanted(who, asked, true);
  throw refused(who, asked);
};

interface Answer {
  readonly ok: boolean;
  readonly code: number | undefined;
  readonly output: string;
}

const answer = async (wire: Wire, command: string, stdin: string): Promise<Answer> => {
  const execution = await wire.exec(command);
  const heard: { out: string; err: string } = { out: '', err: '' };
  execution.stdin.on('error', () => {});
  execution.stdout.on('data', (chunk: Buffer) => {
    heard.out = lastOf(heard.out + chunk);
  });
  execution.stderr.on('data', (chunk: Buffer) => {
    heard.err = lastOf(heard.err + chunk);
  });
  execution.stdin.end(stdin);
  // A host that does not answer, or does not let go, holds nobody here.
  const late = new Promise<{ readonly code?: number }>(resolve => {
    setTimeout(resolve, timeoutMs, {}).unref();
  });
  const { code } = await Promise.race([execution.exit, late]);
  await Promise.race([execution.gone, late]);
  execution.destroy();
  return { ok: heard.out.includes(word), code, output: heard.err };
};

const wantsPassword = (output: string): boolean =>
  /password is required|interactive authentication is required|terminal is required/.test(output);

/** sudo may answer a wrong password with an insult, but it counts. */
const isWrong = (output: string): boolean =>
  /incorrect (password|authentication) attempt|try again|no password was provided|Authentication failed/i.test(
    output,
  ) && !/is not in the sudoers|is not allowed to execute|may not run sudo/.test(output);

const wanted = ({ host, user }: Who, { output }: Answer, refusedOne: boolean): SudoPasswordWanted => {
  const { failure } =
    sudoRefusal(host, user, 'password is required') ?? failed(host, 'auth', `sudo refused ${user}: ${output}`);
  return new SudoPasswordWanted(
    refusedOne ? { ...failure, message: `sudo does not take the password that was given for ${user}` } : failure,
    user,
    refusedOne,
  );
};

const refused = ({ host, user }: Who, { code, output }: Answer) => notStarted(host, user, code, output);

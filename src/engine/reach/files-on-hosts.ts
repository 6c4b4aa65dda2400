/** Asks the hosts for what a lost vault is rebuilt from. */
import { WorldFailed } from '../../model/event.js';
import { join, split } from '../../shell/questions.js';
import { scripts, sh } from '../../shell/sh.js';
import { randomBytes } from 'node:crypto';
import type { Context } from '../context.js';
import { failureOf } from '../run/step-tracker.js';
import { recoveryPaths } from '../vault/names.js';
import type { HostFiles } from '../vault/recover.js';

/**
 * Only where nobody has anything may a new CA be made. So a host that does not answer is a refusal, unless another one
 * has what is looked for.
 */
export const filesOnHosts = async (
  hosts: readonly string[],
  connections: Context['connections'],
): Promise<readonly HostFiles[]> => {
  const { answers, silent } = await askEach(hosts, host => filesOn(host, connections));
  const found = answers.map(({ host, answer }) => ({ host, files: answer }));
  if (silent.length > 0 && found.every(({ files }) => Object.keys(files).length === 0)) throw untold(silent);
  return found;
};

/**
 * In its place for who only looks: whether hosts have the keys is asked, the keys are not. Where no host has any there
 * is nothing to copy, and [] allows new ones.
 */
export const keysStay = async (
  hosts: readonly string[],
  connections: Context['connections'],
): Promise<readonly HostFiles[]> => {
  const { answers, silent } = await askEach(hosts, host => hasKeys(host, connections));
  const holders = answers.filter(({ answer }) => answer).map(({ host }) => host);
  if (holders.length > 0)
    throw new WorldFailed({
      class: 'refused',
      message:
        `the keys of this cluster are on ${holders.join(', ')} and not on this control machine, and a command that ` +
        'only looks copies no keys',
      help: 'kw up copies them; or put the .kubewizard/NAME of the machine that has them beside the cluster file',
    });
  if (silent.length > 0) throw untold(silent);
  return [];
};

/** Of a living cluster, whose hosts may lack some of them. Who does not answer has none. */
export const secretFilesOn = async (
  hosts: readonly string[],
  paths: readonly string[],
  connections: Context['connections'],
): Promise<readonly HostFiles[]> => {
  const { answers } = await askEach(hosts, host => filesOn(host, connections, paths));
  return answers.map(({ host, answer }) => ({ host, files: answer }));
};

/** In its place for who only looks. Throws WorldFailed (refused). */
export const secretFilesStay = async (): Promise<never> => {
  throw new WorldFailed({
    class: 'refused',
    message:
      'the hosts have a key that this control machine has not: keys are being exchanged, or were; a command that ' +
      'only looks copies no keys',
    help: 'kw up copies it',
  });
};

const askEach = async <T>(
  hosts: readonly string[],
  ask: (host: string) => Promise<T>,
): Promise<{
  readonly answers: readonly { readonly host: string; readonly answer: T }[];
  readonly silent: string[];
}> => {
  const silent: string[] = [];
  const answers = await Promise.all(
    hosts.map(async host => {
      try {
        return { host, answer: await ask(host) };
      } catch (error) {
        silent.push(`${host} (${failureOf(error).message})`);
        return undefined;
      }
    }),
  );
  return { answers: answers.filter(answer => answer !== undefined), silent };
};

const untold = (silent: readonly string[]): WorldFailed =>
  new WorldFailed({
    class: 'unreachable',
    message: `the vault lacks keys, and whether these hosts have them cannot be asked: ${silent.join(', ')}`,
    help:
      'make the hosts reachable, or take them out of the cluster file; new keys would cut off everything that ' +
      'trusts the old ones',
  });

const hasKeys = async (host: string, connections: Context['connections']): Promise<boolean> => {
  const tests = recoveryPaths.map(path => sh`[ ! -e ${path} ] || { echo yes; exit 0; }`);
  const { stdout, code } = await (await connections(host)).run(scripts([...tests, sh`echo no`]), { timeoutMs: 30_000 });
  const output = stdout.trim();
  if (code !== 0 || (output !== 'yes' && output !== 'no'))
    throw new WorldFailed({ class: 'exit', host, message: `${host} did not say whether it has keys` });
  return output === 'yes';
};

const filesOn = async (
  host: string,
  connections: Context['connections'],
  paths: readonly string[] = recoveryPaths,
): Promise<Readonly<Record<string, string>>> => {
  const nonce = randomBytes(12).toString('hex');
  const asked = paths.map(path => ({ id: path, script: sh`[ -f ${path} ] || exit 1; cat ${path}` }));
  const { stdout } = await (await connections(host)).run(join(asked, nonce), { timeoutMs: 30_000 });
  const answers = split(stdout, nonce);
  if (answers.size < asked.length)
    throw new WorldFailed({ class: 'exit', host, message: `${host} broke off before it answered` });
  return Object.fromEntries([...answers].flatMap(([path, { output, code }]) => (code === 0 ? [[path, output]] : [])));
};

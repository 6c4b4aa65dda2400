/** Asks the hosts for what a lost vault is rebuilt from. */
import { WorldFailed } from '../../model/event.js';
import { join, split } from '../../shell/questions.js';
import { sh } from '../../shell/sh.js';
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
  const silent: string[] = [];
  const answers = await Promise.all(
    hosts.map(async (host): Promise<HostFiles | undefined> => {
      try {
        return { host, files: await filesOn(host, connections) };
      } catch (error) {
        silent.push(`${host} (${failureOf(error).message})`);
        return undefined;
      }
    }),
  );
  const found = answers.filter(answer => answer !== undefined);
  if (silent.length > 0 && found.every(({ files }) => Object.keys(files).length === 0))
    throw new WorldFailed({
      class: 'unreachable',
      message: `the vault lacks keys, and whether these hosts have them cannot be asked: ${silent.join(', ')}`,
      help:
        'make the hosts reachable, or take them out of the cluster file; new keys would cut off everything that ' +
        'trusts the old ones',
    });
  return found;
};

const filesOn = async (
  host: string,
  connections: Context['connections'],
): Promise<Readonly<Record<string, string>>> => {
  const nonce = randomBytes(12).toString('hex');
  const asked = recoveryPaths.map(path => ({ id: path, script: sh`[ -f ${path} ] || exit 1; cat ${path}` }));
  const { stdout } = await (await connections(host)).run(join(asked, nonce), { timeoutMs: 30_000 });
  const answers = split(stdout, nonce);
  if (answers.size < asked.length)
    throw new WorldFailed({ class: 'exit', host, message: `${host} broke off before it answered` });
  return Object.fromEntries([...answers].flatMap(([path, { output, code }]) => (code === 0 ? [[path, output]] : [])));
};

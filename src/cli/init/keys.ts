/** Which keys this person could log in with: what the agent holds, and the private keys in ~/.ssh. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { agentKeys } from '../../transport/ssh/agent.js';

export interface Candidates {
  /** The names by which the agent knows its keys. */
  readonly agent: readonly string[];
  /** `~/.ssh/prod`: as the cluster file may name them. */
  readonly files: readonly string[];
}

/** More are not worth a login each. */
const mostFiles = 8;

export const keysOf = async (home: string, agent: string | undefined): Promise<Candidates> => {
  const held = agent === undefined ? [] : await agentKeys(agent).catch(() => []);
  const folder = join(home, '.ssh');
  const names = await readdir(folder).catch(() => []);
  const isKey = await Promise.all(names.map(async name => isPrivateKey(join(folder, name))));
  return {
    agent: held.map(({ comment, type }) => comment || type),
    files: names
      .filter((_, n) => isKey[n])
      .sort()
      .slice(0, mostFiles)
      .map(name => `~/.ssh/${name}`),
  };
};

const isPrivateKey = async (path: string): Promise<boolean> =>
  /^-----BEGIN (\w+ )*PRIVATE KEY-----/.test(await readFile(path, 'utf8').catch(() => ''));

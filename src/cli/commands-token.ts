/** `kw token` and what stands below it. */
import { access } from './access-options.js';
import { type CommandRow, type CommandSpec, json } from './command.js';

const load = () => import('./commands/token.js');

const create: CommandRow = {
  name: 'create',
  summary: 'make a token and print it, with what a host needs to join',
  about:
    'Prints the token, the end of its life, the digest of the CA and a kubeconfig for the kubelet that ' +
    'joins. The token is shown this once.',
  options: [
    { flags: '--ttl <time>', says: 'how long it is valid: 90m, 24h, 7d (default 24h)' },
    { flags: '--description <text>', says: 'what it is for, for people' },
    json,
    ...access,
  ],
  load: async () => ({ run: (await load()).create }),
};

const list: CommandRow = {
  name: 'list',
  summary: 'list the tokens, without their secret halves',
  about: 'Shows when each ends and what it is for.',
  options: [json, ...access],
  load: async () => ({ run: (await load()).list }),
};

const remove: CommandRow = {
  name: 'delete',
  summary: 'delete a token',
  about: 'Nobody can join with it any more; hosts that have joined stay.',
  arguments: [{ name: '<token>', says: 'its first half is enough' }],
  options: access,
  load: async () => ({ run: (await load()).remove }),
};

export const token = (group: string, exits: Readonly<Record<number, string>>): CommandSpec => ({
  name: 'token',
  group,
  fileless: true,
  summary: 'tokens by which hosts join by themselves: create, list, delete',
  about:
    'Bootstrap tokens: a kubelet that shows one may ask the cluster for a certificate of its own. They end ' +
    'by themselves, and are kept nowhere but in the cluster.',
  examples: [
    'kw token create --ttl 2h',
    'kw token create --json | jq -r .kubeconfig',
    'kw token list',
    'kw token delete abcdef',
  ],
  commands: [create, list, remove].map(row => ({ ...row, group: '', exits })),
});

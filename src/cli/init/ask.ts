/** The few questions of `kw init` on a terminal; what a flag has answered is not asked. */
import { intro, isCancel, text } from '@clack/prompts';
import { withRole, type ClusterSpec } from '../../model/cluster.js';
import type { InitOptions } from './flags.js';

export class Cancelled extends Error {}

const ask = async (message: string, placeholder: string, initialValue = ''): Promise<string> => {
  const answer = await text({ message, placeholder, initialValue });
  if (isCancel(answer)) throw new Cancelled('cancelled');
  return (answer ?? '').trim();
};

export const askForHosts = async (options: InitOptions): Promise<InitOptions> => {
  intro('A new cluster. Everything can be changed in the file afterwards.');
  const name = options.name ?? ((await ask('What is it called?', 'demo')) || 'demo');
  const host =
    options.host ??
    (
      await ask(
        'Which hosts? Addresses with blanks between them; names as name=address.',
        'kw-1=10.0.0.11 kw-2=10.0.0.12 kw-3=10.0.0.13',
      )
    )
      .split(/\s+/)
      .filter(Boolean);
  const sshUser =
    options.sshUser ?? (await ask('As which user does ssh log in? (root, or one with sudo)', 'root', 'root'));
  return { ...options, name, host, ...(sshUser === '' || sshUser === 'root' ? {} : { sshUser }) };
};

/** Only several control planes need an address that moves among them. */
export const askForEndpoint = async (options: InitOptions, spec: ClusterSpec): Promise<InitOptions> => {
  if (options.endpoint !== undefined || withRole(spec, 'controlPlane').length < 2) return options;
  const endpoint = await ask(
    "A free address in the hosts' network for the API? (empty: every host balances for itself)",
    '10.0.0.100',
  );
  return endpoint === '' ? options : { ...options, endpoint };
};

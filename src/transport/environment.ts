/** What a person's surroundings say about ssh: its configuration, the agent, the usual keys, the known hosts. */
import { join } from 'node:path';
import type { ConnectOptions } from './connection.js';

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The person's home folder as the system knows it (`userInfo`): ssh does not look at $HOME. */
  readonly home: string;
  /** `~/.kubewizard`: accepted host keys are remembered in its known_hosts, for all clusters. */
  readonly kwHome: string;
  /** `.kubewizard/NAME`: its known_hosts is read too. */
  readonly clusterDirectory: string;
}

// In the order of ssh_config(5), IdentityFile, without those on hardware.
const usual = ['id_rsa', 'id_ecdsa', 'id_ed25519'];

/** SSH_AUTH_SOCK names the agent; ~/.ssh/config has the last word on what is not in the cluster file. */
export const fromSurroundings = ({
  env,
  home,
  kwHome,
  clusterDirectory,
}: Surroundings): Pick<ConnectOptions, 'agent' | 'keys' | 'knownHosts' | 'config'> => {
  const own = join(kwHome, 'known_hosts');
  const files = [join(clusterDirectory, 'known_hosts'), own, join(home, '.ssh', 'known_hosts')];
  return {
    keys: usual.map(name => join(home, '.ssh', name)),
    knownHosts: { files: [...new Set(files)], remember: own },
    config: { home, env },
    ...(env.SSH_AUTH_SOCK ? { agent: env.SSH_AUTH_SOCK } : {}),
  };
};

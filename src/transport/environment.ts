/** What a person's surroundings say about ssh: the agent, the usual keys, the known hosts, which client. */
import { join } from 'node:path';
import type { ConnectOptions } from './connection.js';

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The person's home folder. */
  readonly home: string;
  /** `.kubewizard/NAME`: accepted host keys are remembered in its known_hosts. */
  readonly clusterDirectory: string;
}

// In the order of ssh_config(5), IdentityFile, without those on hardware.
const usual = ['id_rsa', 'id_ecdsa', 'id_ed25519'];

/** SSH_AUTH_SOCK names the agent; KW_SSH=openssh chooses the system's client. */
export const fromSurroundings = ({
  env,
  home,
  clusterDirectory,
}: Surroundings): Pick<ConnectOptions, 'agent' | 'keys' | 'knownHosts' | 'transport'> => {
  const own = join(clusterDirectory, 'known_hosts');
  return {
    keys: usual.map(name => join(home, '.ssh', name)),
    knownHosts: { files: [own, join(home, '.ssh', 'known_hosts')], remember: own },
    ...(env.SSH_AUTH_SOCK ? { agent: env.SSH_AUTH_SOCK } : {}),
    ...(env.KW_SSH === 'openssh' ? { transport: 'openssh' as const } : {}),
  };
};

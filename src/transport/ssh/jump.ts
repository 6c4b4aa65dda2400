/** Jump hosts: `user@host:port`, several with commas, as ssh writes them. */
import type { Host, SshAccess } from '../../model/cluster.js';
import { failed } from '../failures.js';

/** What the cluster file says, else what ssh's configuration says (`none`: no jump), the first hop first. */
export const hopsOf = (host: Host, configured: string | undefined): readonly Host[] => {
  const written = host.ssh.jump ?? (configured === 'none' ? undefined : configured);
  if (written === undefined) return [];
  // A hop of the configuration has its own user and keys there; one of the cluster file those of its host.
  const { user, key } = host.ssh.jump === undefined ? {} : host.ssh;
  const inherited = { ...(user === undefined ? {} : { user }), ...(key === undefined ? {} : { key }) };
  return written.split(',').map(hop => jumpHost(host.name, hop.trim(), inherited));
};

/** User and port may be missing; IPv6 stands in brackets. */
export const jumpHost = (behind: string, jump: string, inherited: Pick<SshAccess, 'user' | 'key'>): Host => {
  const parts = /^(?:ssh:\/\/)?(?:([^@]+)@)?(\[[^\]]+\]|[^:@\s]+)(?::(\d+))?\/?$/.exec(jump);
  if (!parts?.[2]) throw failed(behind, 'refused', `the jump host ${jump} is not user@host:port`);
  return {
    name: jump,
    address: parts[2].replace(/^\[|\]$/g, ''),
    roles: [],
    labels: {},
    taints: [],
    ssh: {
      ...inherited,
      ...(parts[1] === undefined ? {} : { user: parts[1] }),
      ...(parts[3] === undefined ? {} : { port: Number(parts[3]) }),
    },
  };
};

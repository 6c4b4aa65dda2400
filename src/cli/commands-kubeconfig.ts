/** `kw kubeconfig`: who gets into the cluster, for how long, and what is taken back. */
import { access } from './access-options.js';
import type { CommandSpec } from './command.js';

export const kubeconfig = (group: string, exits: Readonly<Record<number, string>>): CommandSpec => ({
  name: 'kubeconfig',
  group,
  summary: 'print a kubeconfig for a person: named, and soon over',
  about:
    'Signs a client certificate with a name and a near end, and binds a role to that name. Without options it is ' +
    'yours: your login name, 8 hours, cluster-admin. A certificate cannot be revoked, so it is short; what its user ' +
    'may do can be taken away (--revoke). Who got one is in the journal (--issued).',
  options: [
    { flags: '--user <name>', says: 'whose it is: the name that the API sees (default: your login name)' },
    { flags: '--for <time>', says: 'how long it lives: 5m to 7d (default 8h; with --break-glass 1h, at most 1d)' },
    { flags: '--role <clusterrole>', says: 'bind this ClusterRole to the user (view, edit, admin, cluster-admin, …)' },
    {
      flags: '--group <name>',
      says: 'a group of the user; --role is then bound to the group (repeatable)',
      repeat: true,
    },
    {
      flags: '--break-glass',
      says: 'a certificate of system:masters, past all roles and not to be revoked: for when nothing else works',
    },
    { flags: '--revoke <user>', says: 'remove what kw has bound for this user' },
    { flags: '--issued', says: 'show who got one, until when, and by whom' },
    { flags: '--merge', says: 'put it into your own kubeconfig instead of printing it' },
    { flags: '--yes', says: 'of an adopted cluster: copy the keys of its CAs here without asking' },
    ...access,
  ],
  examples: [
    'kw kubeconfig --merge && kubectl get nodes',
    'kw kubeconfig --user anna --for 8h --role view > anna.conf',
    'kw kubeconfig --revoke anna',
    'kw kubeconfig --break-glass > masters.conf',
  ],
  exits,
  load: () => import('./commands/kubeconfig.js'),
});

/** What the system's ssh says when it cannot log in, as a failure. */
import type { Host } from '../../model/cluster.js';
import type { FailureClass, WorldFailed } from '../../model/event.js';
import { failed } from '../failures.js';

const table: readonly (readonly [RegExp, FailureClass, string])[] = [
  [
    /Host key verification failed|HOST IDENTIFICATION HAS CHANGED|REVOKED/,
    'refused',
    'compare the host key on the host (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub) and pin it as ssh.hostKey',
  ],
  [
    /Permission denied|Too many authentication failures/,
    'auth',
    'put a public key into ~/.ssh/authorized_keys on the host (ssh-copy-id), or unlock yours: ssh-add',
  ],
  [
    /Connection refused|timed out|No route|unreachable|resolve hostname|Connection closed|Connection reset/,
    'unreachable',
    'check that the host is up, the address and port are right, and that a firewall lets ssh through',
  ],
];

export const refusal = (host: Host, output: string): WorldFailed => {
  const [, kind, help] = table.find(([pattern]) => pattern.test(output)) ?? [
    undefined,
    'refused' as const,
    'try ssh -v to the host',
  ];
  return failed(host.name, kind, output || 'ssh ended without a word', help);
};

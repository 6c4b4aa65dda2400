/** The order in which keys are offered, and the words for when none of them is accepted. */
import type { AuthHandlerMiddleware, AuthenticationType, AgentAuthMethod, PublicKeyAuthMethod } from 'ssh2';
import type { Target } from './route.js';
import type { WorldFailed } from '../../model/event.js';
import { failed } from '../failures.js';
import type { Keys } from './keys.js';

export interface Credentials {
  readonly handler: AuthHandlerMiddleware;
  /** Why the server let nobody in. */
  refused(message: string): WorldFailed;
}

type Offer = { readonly name: string; readonly method: PublicKeyAuthMethod | AgentAuthMethod };

/** Asks for nothing first (`none`): each question to sshd is a round trip. */
export const credentials = (host: Target, keys: Keys, agent: string | undefined): Credentials => {
  const username = host.ssh.user;
  const offers: readonly Offer[] = [
    ...keys.usable.map(({ path, key }): Offer => ({ name: path, method: { type: 'publickey', username, key } })),
    ...(agent === undefined
      ? []
      : [{ name: `the agent ${agent}`, method: { type: 'agent', username, agent } } satisfies Offer]),
  ];
  const offered: string[] = [];
  let accepts: readonly AuthenticationType[] | null = null;
  return {
    handler(left, _partial, next) {
      accepts = left ?? accepts;
      const offer = offers[offered.length];
      if (!offer) return next(false as never);
      offered.push(offer.name);
      return next(offer.method);
    },
    refused(message) {
      const tried = offered.length > 0 ? `offered: ${offered.join(', ')}` : 'no key to offer';
      const unusable = keys.unusable.length > 0 ? `; not usable: ${keys.unusable.join(', ')}` : '';
      const others = accepts && !accepts.includes('publickey') ? `; the host accepts only ${accepts.join(', ')}` : '';
      return failed(
        host.name,
        'auth',
        `${username} may not log in (${tried}${unusable}${others})${message ? `: ${message}` : ''}`,
        `put a public key into ~${username}/.ssh/authorized_keys on the host (ssh-copy-id), or name the right ` +
          'one in ssh.key or ~/.ssh/config; kw plan --explain-ssh says what is read',
      );
    },
  };
};

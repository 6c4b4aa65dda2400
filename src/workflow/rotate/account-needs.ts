/**
 * Who may still hold a token of the old key: Secrets of tokens that never end, and processes that began before the
 * switch. A kubelet gives its pods new tokens, and nobody sees which one a process sends.
 */
import { list } from '../../kube/list.js';
import { withRole } from '../../model/cluster.js';
import type { RotationNeed } from '../../model/rotation.js';
import { kidIn, kidOfPem } from '../../pki/token.js';
import { keysOf } from '../build/rotation.js';
import { type Named, nameOf, type Pod, podsSince } from '../pods-since.js';
import type { Turning } from './rotatable.js';

export async function needsOldKey(at: Turning): Promise<readonly RotationNeed[]> {
  const stands = at.input.rotation?.account?.verifies ?? [];
  const since = switchedAt(at);
  const [host] = withRole(at.input.spec, 'controlPlane');
  const api = await at.session.apiAt(host?.name ?? '');
  const [secrets, pods] = await Promise.all([
    list(api, '/api/v1/secrets?fieldSelector=type%3Dkubernetes.io%2Fservice-account-token'),
    list(api, '/api/v1/pods'),
  ]);
  return [
    ...(secrets as readonly Secret[]).flatMap(one => oldSecret(one, stands[0] ?? '')),
    ...podsSince(pods as readonly Pod[], since).map(name => ({
      subject: `Pod ${name}`,
      says: 'it runs since before the new key signs: restart it',
    })),
  ];
}

/**
 * When the last control plane came to sign with the new key: seconds since 1970. Its API server restarts after its file
 * is written, and drains its requests first.
 */
const switchedAt = ({ input }: Turning): number =>
  restartSeconds +
  Math.max(0, ...[...keysOf(input.spec, input.facts).values()].map(({ verifiesSince = 0 }) => verifiesSince));
const restartSeconds = 300;

type Secret = Named & { readonly data?: { readonly token?: string } };

const oldSecret = (secret: Secret, key: string): readonly RotationNeed[] => {
  const token = Buffer.from(secret.data?.token ?? '', 'base64').toString('utf8');
  if (token === '' || kidIn(token) === kidOfPem(key)) return [];
  const says = 'its token is of the old key, and never ends: delete it where nobody uses it, else make another first';
  return [{ subject: `Secret ${nameOf(secret)}`, says }];
};

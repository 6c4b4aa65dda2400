/** People and hosts that were given something of the CA before: by this control machine's trail, and by the API. */
import { tokenOf, tokensPath, tokenType } from '../../blueprint/access/bootstrap-token.js';
import { recorded } from '../../engine/audit.js';
import { list } from '../../kube/list.js';
import type { RotationNeed } from '../../model/rotation.js';
import type { Certificate } from '../../pki/certificate.js';
import { backdatedMs } from '../../pki/life.js';
import type { Turning } from './rotatable.js';

/**
 * Kubeconfigs that have not ended, and do not trust this CA (`trusts`) or were not signed by it (`signer`). They end by
 * themselves, within days.
 */
export const peopleWho = async (
  { session, clock }: Turning,
  how: 'trusts' | 'signer',
  { fingerprint }: Certificate,
): Promise<readonly RotationNeed[]> => {
  const now = clock().getTime();
  return (await recorded(session.dir)).flatMap(event => {
    if (event.type !== 'credential-issued' || Date.parse(event.until) <= now) return [];
    const knows = how === 'trusts' ? (event.trusts ?? []) : [event.signer];
    return knows.includes(fingerprint)
      ? []
      : [{ subject: `kubeconfig of ${event.user}`, says: `${lacks[how]}, and ends on ${event.until}: ${instead}` }];
  });
};

const lacks = { trusts: 'it trusts the old CA alone', signer: 'the old CA has signed it' };
const instead = 'give a new one (kw kubeconfig)';

type Secret = Parameters<typeof tokenOf>[0] & { readonly metadata?: { readonly creationTimestamp?: string } };

/** What was given with them to hosts that join trusts the CA of that time. */
export const tokensBefore = async (
  { session, clock }: Turning,
  { notBefore }: Certificate,
): Promise<readonly RotationNeed[]> => {
  const made = Date.parse(notBefore) + 2 * backdatedMs;
  const path = `${tokensPath}?fieldSelector=${encodeURIComponent(`type=${tokenType}`)}`;
  const all = (await list(await session.api(), path)) as readonly Secret[];
  return all.flatMap(secret => {
    const token = tokenOf(secret);
    const since = Date.parse(secret.metadata?.creationTimestamp ?? '');
    if (!token || Date.parse(token.expires) <= clock().getTime() || since > made) return [];
    const says = 'what was given with it to hosts that join trusts the old CA alone: delete it, and make another';
    return [{ subject: `bootstrap token ${token.id}`, says }];
  });
};

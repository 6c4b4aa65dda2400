/** Whether whoever asks may do everything, asked of the API server itself. */
import type { KubeClient } from './client.js';

const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

const review = {
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SelfSubjectAccessReview',
  spec: { resourceAttributes: { verb: '*', group: '*', resource: '*' } },
};

/** undefined: the answer does not tell, so nothing may be made of it. Rejects as `request` does. */
export const administers = async (client: Pick<KubeClient, 'request'>): Promise<boolean | undefined> => {
  const { status, body } = await client.request('POST', path, review);
  // Who may not even ask what they may do was let in by no role at all.
  if (status === 403) return false;
  const allowed = (body as { status?: { allowed?: unknown } } | null)?.status?.allowed;
  return status === 201 && typeof allowed === 'boolean' ? allowed : undefined;
};

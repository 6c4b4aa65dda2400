/** All that can be exchanged, in the order of the list: what touches least comes first. */
import { etcdAuthority, frontProxyAuthority } from './authority.js';
import { encryptionKey } from './encryption-key.js';
import type { Rotatable } from './rotatable.js';
import { serviceAccountKey } from './service-account-key.js';

export const rotatables: readonly Rotatable[] = [encryptionKey, frontProxyAuthority, etcdAuthority, serviceAccountKey];

/** What is asked for and cannot be exchanged yet, by its name: why, and the next act. */
export const notYet: Readonly<Record<string, { readonly says: string; readonly help: string }>> = {
  ca: {
    says:
      'the cluster’s own CA cannot be rotated yet: kubelets, people’s kubeconfigs and every pod that calls the API ' +
      'trust it, and kw does not prove yet that all of them trust a new one; nothing was changed',
    help: 'kw rotate front-proxy-ca and kw rotate etcd-ca can be; kw certs says when the cluster’s CA ends',
  },
};

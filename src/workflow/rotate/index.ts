/** All that can be exchanged, in the order of the list: what touches least comes first. */
import { etcdAuthority, frontProxyAuthority } from './authority.js';
import { clusterAuthority } from './cluster-authority.js';
import { encryptionKey } from './encryption-key.js';
import type { Rotatable } from './rotatable.js';
import { serviceAccountKey } from './service-account-key.js';

export const rotatables: readonly Rotatable[] = [
  encryptionKey,
  frontProxyAuthority,
  etcdAuthority,
  serviceAccountKey,
  clusterAuthority,
];

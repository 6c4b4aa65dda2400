/** Who renews what the CAs of a cluster of ours have signed; what no timer renews says why. */
import type { Role } from '../../model/cluster.js';
import { apiserverRows, etcdRows, kubeletRow } from './certificates.js';
import { identities } from './kubeconfigs.js';

export type Renewer = 'timer' | 'kubelet' | 'kw';

export const renewers: Readonly<Record<Renewer, string>> = {
  timer: 'its host’s timer, at two thirds of its life: the host has the keys of the CAs',
  kubelet: 'the kubelet itself, which asks the API for its next one',
  kw: '`kw up` and `kw heal`: no CA key lies on its host, and who can ask for a server’s name could be that server',
};

const ours: ReadonlySet<string> = new Set(
  [...etcdRows, ...apiserverRows, kubeletRow, ...Object.values(identities)].map(({ path }) => path),
);

/** The kubelet's own client certificate, which it keeps up by itself. */
const ownOfKubelet = '/var/lib/kubelet/pki/kubelet-client-';

/** undefined: whoever made it. */
export const renewerOf = (roles: readonly (Role | string)[], path: string): Renewer | undefined =>
  path.startsWith(ownOfKubelet)
    ? 'kubelet'
    : !ours.has(path)
      ? undefined
      : roles.includes('controlPlane')
        ? 'timer'
        : 'kw';

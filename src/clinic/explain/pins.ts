/**
 * The hash of the CA that `kubeadm join` is given (--discovery-token-ca-cert-hash): SHA-256 over the CA's public key.
 * kubeadm's error names the CA that it met, not the one that it was told: only the cluster's own CA says which of the
 * two is wrong.
 */
import { authorityText } from '../read/shown.js';
import { trueAuthority } from '../read/authority.js';
import type { Chart } from '../chart/chart.js';

export interface Pinned {
  /** `sha256:…`, of the text. */
  readonly hash: string;
  /** It is the hash of the CA that was met (an error), or of the one that was told (a join command). */
  readonly of: 'met' | 'told';
  /** Without a cluster at hand, or where its CA was not seen: untested. */
  readonly result: 'right' | 'wrong' | 'untested';
  readonly says: string;
  /** Prints the right one. */
  readonly command: string;
}

const met = /none of the public keys\s+"*(sha256:[0-9a-f]{64})[^\n]*are pinned/i;
const told = /(?:--discovery-token-ca-cert-hash[= ]+"?|caCertHashes:\s*-\s*"?)(sha256:[0-9a-f]{64})/i;
const command =
  'openssl x509 -pubkey -noout -in /etc/kubernetes/pki/ca.crt | openssl pkey -pubin -outform der | sha256sum   ' +
  '(or: kubeadm token create --print-join-command)';

export const pinnedIn = (text: string, chart?: Chart): Pinned | undefined => {
  const [error, given] = [met.exec(text)?.[1], told.exec(text)?.[1]];
  const hash = (error ?? given)?.toLowerCase();
  if (hash === undefined) return undefined;
  const of = error === undefined ? 'told' : 'met';
  const truth = chart ? trueAuthority(chart, 'ca') : [];
  const [first] = truth;
  if (!first)
    return {
      hash,
      of,
      result: 'untested',
      command,
      says:
        of === 'met'
          ? 'the host that joins met a CA with this hash, and was told another one: which of the two is the ' +
            'cluster’s, only its CA tells'
          : 'whether this is the cluster’s CA, only the CA itself tells',
    };
  const right = truth.some(one => `sha256:${one.spkiSha256}` === hash);
  return {
    hash,
    of,
    result: right ? 'right' : 'wrong',
    command,
    says: verdict(of, right, `sha256:${first.spkiSha256} (${authorityText(first)})`),
  };
};

const verdict = (of: Pinned['of'], right: boolean, truth: string): string =>
  of === 'met'
    ? right
      ? 'the host met the cluster’s true CA, so the join command is wrong (of another cluster, or older than this ' +
        `CA): the right hash is ${truth}`
      : `the host met a CA that is not this cluster’s, which has ${truth}: another cluster answers at that ` +
        'address, or kube-public/cluster-info hands out another CA'
    : right
      ? 'it is the hash of the cluster’s CA'
      : `it is not the hash of the cluster’s CA, which is ${truth}`;

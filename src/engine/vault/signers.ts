/** Who signs in the name of each CA: its pair in the vault, or what control planes say it was exchanged for. */
import type { AuthorityName } from '../../blueprint/input.js';
import type { ClusterSpec } from '../../model/cluster.js';
import type { Reveal } from '../../model/content.js';
import { WorldFailed } from '../../model/event.js';
import type { Pair } from '../../pki/issue.js';
import { certOf, keyOf } from './names.js';

/** PEM of all that are trusted, and of the one that signs; `key` names a secret. */
export interface Exchange {
  readonly trust: string;
  readonly signer: string;
  readonly key: string;
}

/** `secrets`: as the vault has them at each call. */
export const signersOf = (secrets: Readonly<Record<string, string>>, reveal: Reveal, spec: ClusterSpec) => {
  const exchanged = new Map<AuthorityName, Exchange>();
  return {
    authority: (name: AuthorityName): Pair => {
      const { signer, key } = exchanged.get(name) ?? { signer: secrets[certOf(name)], key: keyOf(name) };
      if (signer === undefined || secrets[key] === undefined) throw keyless(name, spec);
      return { certPem: signer, keyPem: reveal(key) };
    },
    // Of a cluster of others a CA may be missing, where its key is on no host.
    trust: (name: AuthorityName): string =>
      exchanged.get(name)?.trust ?? (spec.adopted ? (secrets[certOf(name)] ?? '') : reveal(certOf(name))),
    exchange: (name: AuthorityName, to: Exchange): void => {
      exchanged.set(name, to);
    },
    /** What it was exchanged for is the vault's own by now. */
    succeeded: (name: AuthorityName): void => {
      exchanged.delete(name);
    },
  };
};

const keyless = (name: AuthorityName, { adopted }: ClusterSpec): WorldFailed =>
  adopted
    ? new WorldFailed({
        class: 'refused',
        message:
          `this control machine has no key of the CA ${name}, and no control plane had one when keys were ` + 'copied',
        help: `put it back on a control plane as /etc/kubernetes/${keyOf(name)}; kw copies it then`,
      })
    : new WorldFailed({
        class: 'refused',
        message:
          `the CA ${name} was exchanged, and this control machine has not got the key of the one that signs by ` +
          'now',
        help: 'kw up copies it from the control planes',
      });

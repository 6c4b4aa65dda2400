/** Control machines on paper, while a CA is exchanged: each with its vault, and what it reads off the hosts. */
import type { AuthorityName, Input } from '../../src/blueprint/input.js';
import type { Vault } from '../../src/engine/vault.js';
import { authoritySecret } from '../../src/engine/vault/names.js';
import { withRole } from '../../src/model/cluster.js';
import { authorityKeys } from '../../src/model/rotated-authorities.js';
import type { Certificate } from '../../src/pki/certificate.js';
import { createAuthority, type Pair } from '../../src/pki/issue.js';
import { readCertificates } from '../../src/pki/read.js';
import { after, begun, type Standing } from '../../src/pki/standing.js';
import { readCluster } from '../../src/spec/index.js';
import {
  authoritiesFor,
  exchange,
  exchanging,
  firstOf,
  learnPair,
  standingIn,
} from '../../src/workflow/build/authorities.js';
import { inputFor, released } from '../golden/input.js';
import { marksOf, type World } from './authority-world.js';

export type Pairs = Readonly<Record<'ca' | 'etcd/ca' | 'front-proxy-ca' | 'next', Pair>>;

export const makePairs = async (): Promise<Pairs> => {
  const made = (day: number) =>
    createAuthority({
      commonName: 'etcd-ca',
      days: 30,
      algorithm: 'ecdsa-p256',
      now: new Date(Date.UTC(2026, 0, day)),
    });
  const [ca, etcd, proxy, next] = [await made(1), await made(1), await made(1), await made(2)];
  return { ca, 'etcd/ca': etcd, 'front-proxy-ca': proxy, next };
};

/** A vault that remembers in memory alone, as `engine/vault.ts` does until it is told to keep. */
const vaultOf = (pairs: Omit<Pairs, 'next'>, trust: Partial<Record<AuthorityName, string>>): Vault => {
  const secrets: Record<string, string> = Object.fromEntries(
    (['ca', 'etcd/ca', 'front-proxy-ca'] as const).flatMap(name => [
      [`pki/${name}.crt`, pairs[name].certPem],
      [`pki/${name}.key`, pairs[name].keyPem],
    ]),
  );
  return {
    get authorities() {
      const of = (name: AuthorityName) => trust[name] ?? secrets[`pki/${name}.crt`] ?? '';
      return { ca: of('ca'), 'etcd/ca': of('etcd/ca'), 'front-proxy-ca': of('front-proxy-ca') };
    },
    chainPem: '',
    reveal: name => secrets[name] ?? `value of ${name}`,
    has: name => secrets[name] !== undefined,
    names: () => Object.keys(secrets),
    learn: more => void Object.assign(secrets, { ...more, ...secrets }),
    keep: async () => {},
    exchange: (name, to) => void Object.assign(trust, { [name]: to.trust }),
    succeed: async (name, certificate) => {
      delete trust[name];
      const keyPem = secrets[authoritySecret(name, certificate, 'key')] ?? '';
      Object.assign(secrets, { [`pki/${name}.crt`]: certificate.pem, [`pki/${name}.key`]: keyPem });
    },
  } satisfies Omit<Vault, 'authority' | 'issue' | 'accountKeys' | 'encryptionKeys' | 'promote'> as unknown as Vault;
};

/** One that has the first CAs alone. @param recovered Those that it has from the hosts in place of them. */
export const machine = (text: string, world: World, pairs: Pairs, recovered: Partial<Pairs> = {}) => {
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const spec = checked.value;
  const trust: Partial<Record<AuthorityName, string>> = {};
  const vault = vaultOf({ ...pairs, ...recovered }, trust);
  const base = { ...inputFor(spec, released('1.37.2', '2.1.9')), reveal: vault.reveal };
  const facts = () =>
    new Map(
      [...base.facts].map(([host, fact]) => {
        const plane = withRole(spec, 'controlPlane').some(({ name }) => name === host);
        return [host, plane ? { ...fact, authorities: marksOf(world, host) } : fact];
      }),
    );
  const session = {
    spec,
    secretFiles: async (hosts: readonly string[], paths: readonly string[]) =>
      hosts.map(host => ({
        host,
        files: Object.fromEntries(
          paths.flatMap(path => {
            const found = world.files.get(`${host} ${path}`);
            return found === undefined ? [] : [[path, found]];
          }),
        ),
      })),
  };
  const stands = async (): Promise<Input> => {
    // Each command opens its vault anew: who is trusted is remembered by nobody.
    for (const name of authorityKeys) delete trust[name];
    return { ...base, facts: facts(), ...(await authoritiesFor(session, facts(), vault)) };
  };
  const standing = (name: AuthorityName): Standing => {
    const found = standingIn(spec, facts(), name, vault);
    const signer = firstOf(vault, name);
    if (!signer) throw new Error('no CA');
    return found ?? { phase: 'settled', signer };
  };
  const jump = async (name: AuthorityName, to: (made: Certificate) => Standing): Promise<Input> => {
    const input = await stands();
    const now = standing(name);
    const [made] = readCertificates(pairs.next.certPem).certificates;
    if (!made) throw new Error('no CA');
    if (now.phase === 'settled') learnPair(vault, name, made, pairs.next.keyPem);
    return { ...input, ...exchanging(vault, { ...input.rotating, [name]: exchange(vault, name, to(made)) }) };
  };
  const turn = (name: AuthorityName) =>
    jump(name, made => {
      const now = standing(name);
      return now.phase === 'settled' ? begun(now, made) : after(now);
    });
  return { stands, standing, jump, turn };
};

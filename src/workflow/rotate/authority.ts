/**
 * A CA that is exchanged: trusted beside the old one, then the one that signs, then alone. What moves from phase to
 * phase is whom control planes trust and who signs there; the plan does the rest, one member and one API server at a
 * time (`pki/standing.ts`, `blueprint/rotation/authority.ts`).
 */
import type { AuthorityName, Input } from '../../blueprint/input.js';
import { commonNames } from '../../engine/vault/names.js';
import { readCertificates } from '../../pki/read.js';
import type { Certificate } from '../../pki/certificate.js';
import { after, begun, isContradiction, type Standing, standingOf } from '../../pki/standing.js';
import { exchange, exchanging, firstOf, keySecretOf, learnPair, seenOf, standingIn } from '../build/authorities.js';
import { type Authority, edgesOfClient, edgesOfServer, formerOf } from './authority-probes.js';
import { eventually } from './eventually.js';
import { dropped, loaded, published } from './front-proxy-edges.js';
import type { Edge, Phase, Rotatable, Turning } from './rotatable.js';

export interface Exchanged {
  readonly name: string;
  readonly of: AuthorityName;
  readonly says: string;
  /** What each phase must prove besides: whom others than hosts trust, and what they have loaded. */
  readonly more?: {
    readonly trust: (at: Turning, next: Certificate) => Promise<readonly Edge[]>;
    readonly sign: (at: Turning) => Promise<readonly Edge[]>;
    readonly drop: (at: Turning, signer: Certificate) => Promise<readonly Edge[]>;
  };
  /** Who does not trust the new one yet, or shows what the old one has signed: what a phase waits for. */
  readonly needs?: {
    readonly sign: NonNullable<Phase['needs']>;
    readonly drop: NonNullable<Phase['needs']>;
  };
}

export const authority = (thing: Exchanged): Rotatable => ({
  name: thing.name,
  says: thing.says,
  phases: [trustBoth(thing), signWithNew(thing), dropOld(thing)],
  stands: (spec, facts) => {
    const standing = standingOf(seenOf(spec, facts, thing.of));
    return standing && !isContradiction(standing) ? stands[standing.phase] : 0;
  },
});

const stands: Readonly<Record<Standing['phase'], number>> = { settled: 0, trusting: 1, signing: 2, forgetting: 3 };

const trustBoth = ({ name, of, more }: Exchanged): Phase => ({
  name: 'trust-both',
  says: `whoever trusts the ${name} trusts a new one beside it`,
  wants: async at => wanting(at, of, begun(standingAt(at, of), await made(at, of))),
  prove: async at => {
    const { next } = pairsOf(at, of);
    if (!next) return [nothing];
    return [...(await edgesOfClient(at, of, next, 'let in')), ...((await more?.trust(at, next.certificate)) ?? [])];
  },
});

const signWithNew = ({ name, of, more, needs }: Exchanged): Phase => ({
  name: 'sign-with-new',
  says: `every certificate of the ${name} is signed by the new one`,
  ...(needs && { needs: needs.sign }),
  wants: async at => wanting(at, of, after(standingAt(at, of))),
  prove: async at => {
    const { signer } = pairsOf(at, of);
    return [
      // The API server's own certificate is another CA's.
      ...(of === 'front-proxy-ca' ? [] : await eventually(() => edgesOfServer(at, of, signer))),
      ...(await edgesOfClient(at, of, signer, 'let in')),
      ...((await more?.sign(at)) ?? []),
    ];
  },
});

const dropOld = ({ name, of, more, needs }: Exchanged): Phase => ({
  name: 'drop-old',
  says: `nobody trusts the old ${name}`,
  noReturn: `what the old ${name} has signed is refused from now on`,
  ...(needs && { needs: needs.drop }),
  wants: async at => wanting(at, of, after(standingAt(at, of))),
  settle: async at => at.vault.succeed(of, pairsOf(at, of).signer.certificate),
  prove: async at => {
    const { signer } = pairsOf(at, of);
    const former = formerOf(at, of, signer.certificate);
    const refused = await Promise.all(former.map(one => edgesOfClient(at, of, one, 'refused')));
    return [
      ...(await edgesOfClient(at, of, signer, 'let in')),
      ...refused.flat(),
      ...((await more?.drop(at, signer.certificate)) ?? []),
    ];
  },
});

const nothing: Edge = { name: 'the new CA', ok: 'unknown', says: 'it lies on no control plane' };

const standingAt = ({ input, vault }: Turning, of: AuthorityName): Standing => {
  const standing = standingIn(input.spec, input.facts, of, vault);
  if (standing) return standing;
  const signer = firstOf(vault, of);
  if (!signer) throw new Error(`the vault has no certificate of the CA ${of}`);
  return { phase: 'settled', signer };
};

/** By the input of the phase: who signs in it, and who will. */
const pairsOf = (
  { input, vault }: Turning,
  of: AuthorityName,
): { readonly signer: Authority; readonly next?: Authority } => {
  const { signer = input.authorities[of], next } = input.rotating?.[of] ?? {};
  const pair = (pem: string): Authority => {
    const [certificate] = readCertificates(pem).certificates;
    if (!certificate) throw new Error(`the CA ${of} cannot be read`);
    return { certificate, key: keySecretOf(vault, of, certificate) };
  };
  return { signer: pair(signer), ...(next !== undefined && { next: pair(next) }) };
};

const wanting = ({ input, vault }: Turning, of: AuthorityName, standing: Standing): Input => ({
  ...input,
  ...exchanging(vault, { ...input.rotating, [of]: exchange(vault, of, standing) }),
});

/** Called as the old one: clients choose what they show by the name of the CA that a server asks for. */
const made = async ({ vault, clock, session: { spec } }: Turning, of: AuthorityName): Promise<Certificate> => {
  const { createAuthority } = await import('../../pki/issue.js');
  const { certPem, keyPem } = await createAuthority({
    commonName: commonNames[of],
    days: spec.pki.caDays,
    algorithm: spec.pki.algorithm,
    now: clock(),
  });
  const [certificate] = readCertificates(certPem).certificates;
  if (!certificate) throw new Error('a CA was made that cannot be read');
  learnPair(vault, of, certificate, keyPem);
  return certificate;
};

export const frontProxyAuthority: Rotatable = authority({
  name: 'front-proxy-ca',
  of: 'front-proxy-ca',
  says: 'signs what API servers show to aggregated APIs',
  more: {
    trust: published('requestheader-client-ca-file'),
    sign: loaded,
    drop: dropped('requestheader-client-ca-file'),
  },
});

export const etcdAuthority: Rotatable = authority({
  name: 'etcd-ca',
  of: 'etcd/ca',
  says: 'signs what etcd’s members and its clients show to each other',
});

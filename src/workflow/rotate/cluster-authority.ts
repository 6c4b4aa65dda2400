/** The cluster's own CA: API servers, kubelets, controllers, people and pods trust it. */
import { minorOf } from '../../catalog/index.js';
import { isSecretOf } from '../../engine/vault/names.js';
import type { Certificate } from '../../pki/certificate.js';
import { readCertificates } from '../../pki/read.js';
import { firstOf } from '../build/authorities.js';
import { authority } from './authority.js';
import { distrusts, rootEdges } from './cluster-trust.js';
import { dropped, published } from './front-proxy-edges.js';
import { kubeletEdges } from './kubelet-edges.js';
import { peopleWho, tokensBefore } from './people-needs.js';
import type { Phase, Rotatable, Turning } from './rotatable.js';

const of = 'ca';
const clients = 'client-ca-file';

/** From there on every namespace is given the CA in an object of its own, which says since when it is there. */
const oldestMinor = 21;

const refuses: NonNullable<Rotatable['refuses']> = ({ pki, kubernetes }) => {
  if (pki.ca)
    return {
      says: 'the cluster’s CA is its owner’s (pki.ca): only its owner can make the one that comes; nothing was changed',
      help: 'what it has signed is renewed by the timer on control planes; kw certs says when it ends',
    };
  return minorOf(kubernetes) < oldestMinor
    ? {
        says:
          `the cluster’s own CA is exchanged from Kubernetes 1.${oldestMinor} on, and the file says ${kubernetes}: ` +
          'before, what pods are given of it cannot be followed; nothing was changed',
        help: 'kw upgrade brings the cluster forward',
      }
    : undefined;
};

/** Who comes or has come, beside the one of before. The frame asks by the input that the phase wants. */
const pairOf = (at: Turning): { readonly old: Certificate; readonly now: Certificate } | undefined => {
  const { signer, next } = at.input.rotating?.ca ?? {};
  const [signs] = readCertificates(signer ?? '').certificates;
  const [comes] = readCertificates(next ?? '').certificates;
  const [now, old] = comes ? [comes, signs] : [signs, formerOf(at, signs)];
  return now && old ? { now, old } : undefined;
};

const formerOf = ({ vault }: Turning, signs: Certificate | undefined): Certificate | undefined => {
  const first = firstOf(vault, of);
  const others = vault
    .names()
    .filter(name => isSecretOf(of, name, 'crt'))
    .flatMap(name => readCertificates(vault.reveal(name)).certificates);
  return [...(first ? [first] : []), ...others].find(one => one.fingerprint !== signs?.fingerprint);
};

/** Whoever knows the old one alone calls no API server once the new one has signed what they show. */
const beforeItSigns: NonNullable<Phase['needs']> = async at => {
  const pair = pairOf(at);
  if (!pair) return [];
  const [people, tokens, pods] = await Promise.all([
    peopleWho(at, 'trusts', pair.now),
    tokensBefore(at, pair.now),
    distrusts(at, pair.old, pair.now),
  ]);
  return [...people, ...tokens, ...pods];
};

const beforeItGoes: NonNullable<Phase['needs']> = async at => {
  const [signer] = readCertificates(at.input.rotating?.ca?.signer ?? '').certificates;
  return signer ? peopleWho(at, 'signer', signer) : [];
};

export const clusterAuthority: Rotatable = {
  ...authority({
    name: of,
    of,
    says: 'signs for API servers, kubelets, controllers and people; every pod trusts it',
    more: {
      trust: async (at, next) => [
        ...(await rootEdges(at, next, false)),
        ...(await published(clients)(at, next)),
        ...(await kubeletEdges(at)),
      ],
      sign: kubeletEdges,
      drop: async (at, signer) => [
        ...(await rootEdges(at, signer, true)),
        ...(await dropped(clients)(at, signer)),
        ...(await kubeletEdges(at)),
      ],
    },
    needs: { sign: beforeItSigns, drop: beforeItGoes },
  }),
  refuses,
};

/** The cluster's own CA: API servers, kubelets, controllers, people and pods trust it. Not offered yet (`index.ts`). */
import { readCertificates } from '../../pki/read.js';
import { isSecretOf } from '../../engine/vault/names.js';
import { firstOf } from '../build/authorities.js';
import { authority } from './authority.js';
import { distrusts, rootEdges } from './cluster-trust.js';
import type { Phase, Rotatable, Turning } from './rotatable.js';

/** Who comes: trusted by all, and signing nothing before this phase. */
const beforeItSigns: NonNullable<Phase['needs']> = async at => {
  const { signer, next } = at.input.rotating?.ca ?? {};
  const [old] = readCertificates(signer ?? '').certificates;
  const [comes] = readCertificates(next ?? '').certificates;
  // The frame asks by the input that the phase wants, where the one that comes signs by now.
  const [now, before] = comes ? [comes, old] : [old, formerOf(at)];
  return now && before ? distrusts(at, before, now) : [];
};

const formerOf = (at: Turning) => {
  const first = firstOf(at.vault, 'ca');
  const signs = readCertificates(at.input.rotating?.ca?.signer ?? '').certificates[0];
  const others = at.vault
    .names()
    .filter(name => isSecretOf('ca', name, 'crt'))
    .flatMap(name => readCertificates(at.vault.reveal(name)).certificates);
  return [...(first ? [first] : []), ...others].find(one => one.fingerprint !== signs?.fingerprint);
};

const people: NonNullable<Phase['needs']> = async () => [
  {
    subject: 'kubeconfigs of people and machines',
    says: 'those from before phase 2 are refused from now on: kw kubeconfig gives new ones',
  },
];

export const clusterAuthority: Rotatable = authority({
  name: 'ca',
  of: 'ca',
  says: 'signs for API servers, kubelets, controllers and people, and every pod trusts it',
  more: {
    trust: (at, next) => rootEdges(at, next, false),
    sign: async () => [],
    drop: (at, signer) => rootEdges(at, signer, true),
  },
  needs: { sign: beforeItSigns, drop: people },
});

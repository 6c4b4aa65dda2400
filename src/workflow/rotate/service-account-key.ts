/** The key that signs tokens of service accounts: all API servers verify with a new one before it signs anywhere. */
import { accountStanding } from '../../blueprint/rotation/account-standing.js';
import type { Input } from '../../blueprint/input.js';
import { accountSecret, type AccountKeys } from '../../model/rotation.js';
import { accountKeyId, publicPemOf, serviceAccountKey as newKey } from '../../pki/key.js';
import { copyAccountKeys, keysOf } from '../build/rotation.js';
import { signEdges, verifyEdges } from './account-edges.js';
import { needsOldKey } from './account-needs.js';
import type { Phase, Rotatable, Turning } from './rotatable.js';

const verifyBoth: Phase = {
  name: 'verify-both',
  says: 'every API server verifies tokens of the old and of a new key',
  wants: async at => {
    const [old = ''] = verifiedIn(at.input, at);
    const id = (await waitingAlready(at)) ?? (await made(at));
    const key = publicPemOf(at.vault.reveal(accountSecret(id))) ?? '';
    return wanting(at.input, { verifies: [old, key], signs: signerIn(at.input), waits: id, waited: [] });
  },
  prove: at => verifyEdges(at, [at.input.rotation?.account?.verifies[1] ?? '']),
};

const signWithNew: Phase = {
  name: 'sign-with-new',
  says: 'every API server and controller manager signs with the new key',
  wants: async at => {
    const [old = '', key = ''] = verifiedIn(at.input, at);
    const id = accountKeyId(key);
    return wanting(at.input, { verifies: [key, old], signs: accountSecret(id), waited: [id] });
  },
  prove: signEdges,
};

const dropOld: Phase = {
  name: 'drop-old',
  says: 'no API server accepts a token of the old key',
  noReturn: 'a token of the old key is refused from now on',
  needs: needsOldKey,
  wants: async at => {
    const [key = ''] = verifiedIn(at.input, at);
    return wanting(at.input, { verifies: [key], signs: signerIn(at.input), waited: [accountKeyId(key)] });
  },
  settle: ({ vault, input }) => vault.promote(signerIn(input)),
  prove: signEdges,
};

export const serviceAccountKey: Rotatable = {
  name: 'service-account-key',
  says: 'signs the tokens of all service accounts',
  phases: [verifyBoth, signWithNew, dropOld],
  stands: (spec, facts) => accountStanding([...keysOf(spec, facts).values()])?.stands ?? 0,
};

const wanting = (input: Input, account: AccountKeys): Input => ({ ...input, rotation: { ...input.rotation, account } });

/** Public keys that stand, the first signs. */
const verifiedIn = ({ rotation, spec, facts }: Input, { vault }: Turning): readonly string[] =>
  rotation?.account?.verifies ??
  accountStanding([...keysOf(spec, facts).values()])?.verifies ?? [publicPemOf(vault.reveal('pki/sa.key')) ?? ''];

const signerIn = ({ rotation }: Input): string => rotation?.account?.signs ?? 'pki/sa.key';

/** A run that was cut off may have brought one to some hosts, and no list has it yet. */
async function waitingAlready({ session, vault, input }: Turning): Promise<string | undefined> {
  const hosts = keysOf(input.spec, input.facts);
  const listed = new Set([...hosts.values()].flatMap(({ verifies }) => verifies.map(accountKeyId)));
  const ids = [...new Set([...hosts.values()].flatMap(({ waiting }) => waiting))].filter(id => !listed.has(id)).sort();
  await copyAccountKeys(session, [...hosts.keys()], ids, vault);
  return ids.find(id => vault.has(accountSecret(id)));
}

async function made({ vault }: Turning): Promise<string> {
  const { privatePem } = await newKey();
  const id = accountKeyId(privatePem);
  vault.learn({ [accountSecret(id)]: privatePem });
  return id;
}

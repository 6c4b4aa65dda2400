/**
 * The key that encrypts Secrets in etcd. Two phases before one API server writes with the new one, all of them read
 * with it; all objects are written again before the old one goes.
 */
import { encryptionStanding } from '../../blueprint/rotation/encryption-standing.js';
import type { Input } from '../../blueprint/input.js';
import { randomSecret } from '../../engine/vault/create.js';
import { type TakenBackup, takeBackup } from '../../engine/backup/on-hosts.js';
import { WorldFailed } from '../../model/event.js';
import { encryptionSecret, firstEncryptionKey, numberOfKey, type RotationNeed } from '../../model/rotation.js';
import { onHosts, seenMembers } from '../backup.js';
import { keysOf } from '../build/rotation.js';
import type { Phase, Rotatable, Turning } from './rotatable.js';
import { rewriteSecrets } from './rewrite.js';
import { storedEdges, storedWith } from './stored-keys.js';
import { readEdges } from './encryption-edges.js';

const readBoth: Phase = {
  name: 'read-both',
  says: 'every API server reads Secrets of the old and of a new key',
  wants: async at => {
    const [old = firstEncryptionKey] = namesIn(at.input);
    const name = `key${(numberOfKey(old) ?? 0) + 1}`;
    // A vault that has one of that name has it of a run that ended before any host had it.
    at.vault.learn({ [encryptionSecret(name)]: randomSecret(32) });
    return wanting(at.input, [old, name]);
  },
  prove: readEdges,
};

const writeWithNew: Phase = {
  name: 'write-with-new',
  says: 'every API server writes Secrets with the new key',
  wants: async at => {
    const [old = '', name = ''] = namesIn(at.input);
    return wanting(at.input, [name, old]);
  },
  prove: readEdges,
};

const rewriteAll: Phase = {
  name: 'rewrite-all',
  says: 'no Secret in etcd is encrypted with the old key',
  act: async (at, tell) => {
    await rewriteSecrets(at, tell);
    const taken = await takeBackup(onHosts(at.session), seenMembers(at.session));
    if (taken.record.verdict !== 'proven') throw unproven(taken);
    tell(`${taken.host} has a proven backup of it: ${taken.path}`);
  },
  prove: storedEdges,
};

const dropOld: Phase = {
  name: 'drop-old',
  says: 'no API server has the old key',
  noReturn: 'a Secret of the old key cannot be read from now on; the vault keeps it for backups that need it',
  needs: stillOld,
  wants: async at => wanting(at.input, namesIn(at.input).slice(0, 1)),
  prove: readEdges,
};

export const encryptionKey: Rotatable = {
  name: 'encryption-key',
  says: 'encrypts Secrets in etcd',
  phases: [readBoth, writeWithNew, rewriteAll, dropOld],
  stands: (spec, facts) => {
    const hosts = [...keysOf(spec, facts).values()];
    const stands = encryptionStanding(hosts)?.stands ?? 0;
    return stands === 3 ? 4 : stands;
  },
};

const wanting = (input: Input, encryption: readonly string[]): Input => ({
  ...input,
  rotation: { ...input.rotation, encryption },
});

const namesIn = ({ rotation }: Input): readonly string[] => rotation?.encryption ?? [firstEncryptionKey];

/** Counted again: whoever has brought old objects back since (a restore) is not taken for done. */
async function stillOld(at: Turning): Promise<readonly RotationNeed[]> {
  const newest = `k8s:enc:secretbox:v1:${namesIn(at.input)[0]}:`;
  const stored = await storedWith(at);
  return [...stored].flatMap(([prefix, count]) =>
    prefix === newest ? [] : [{ subject: prefix, says: `${count} Secrets in etcd are stored so` }],
  );
}

const unproven = ({ host, path }: TakenBackup): WorldFailed =>
  new WorldFailed({
    class: 'unproven',
    host,
    message: `all Secrets are written anew, but the backup ${path} is not proven`,
    help: 'kw backup list says why; then run this again',
  });

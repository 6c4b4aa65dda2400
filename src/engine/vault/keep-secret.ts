/** Recovered keys are added to a vault and never replace what is in it: that may be the last copy. */
import { createHash } from 'node:crypto';
import { WorldFailed } from '../../model/event.js';
import { spkiOfKey } from '../../pki/key.js';
import { readCertificates } from '../../pki/read.js';
import { readSecret, writeSecret } from './store.js';

/** Throws WorldFailed (refused), naming both fingerprints, where the vault has another one of that name. */
export const keepSecret = async (dir: string, name: string, text: string): Promise<void> => {
  const kept = await readSecret(dir, name);
  if (kept === undefined) return writeSecret(dir, name, text);
  const [have, other] = [kept, text].map(each => fingerprintOf(name, each));
  if (have === other) return;
  throw new WorldFailed({
    class: 'refused',
    message: `the vault ${dir} has another ${name} (${have}) than the hosts (${other})`,
    help:
      'they are of two clusters, or the cluster was given new keys: run kw in another folder, or move that file ' +
      'away if it is of no use any more; nothing was overwritten',
  });
};

/** The same for every spelling of the same key or certificate; of a secret that is neither, a digest. */
const fingerprintOf = (name: string, text: string): string => {
  const id = name.endsWith('.crt')
    ? readCertificates(text)
        .certificates.map(one => one.fingerprint)
        .join(' ')
    : name.endsWith('.key')
      ? spkiOfKey(text)
      : undefined;
  return id || createHash('sha256').update(text.trim()).digest('hex');
};

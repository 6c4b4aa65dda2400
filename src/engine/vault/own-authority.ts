/** Takes the owner's CA into the vault, once; from then on the vault is what counts. */
import { readFile } from 'node:fs/promises';
import type { PkiSpec } from '../../model/cluster.js';
import type { Checked, Diagnostic } from '../../model/diagnostic.js';
import { intermediatesIn, readOwnAuthority } from '../../pki/owner.js';
import { readCertificates } from '../../pki/read.js';
import { openToOthers } from '../../transport/own-place.js';
import { certOf, chainName, keyOf } from './names.js';

type Secrets = Readonly<Record<string, string>>;

/**
 * Secrets to add to `have`; none where the vault already holds that CA, also when the owner has put its key away by
 * now.
 */
export const takeOwnAuthority = async (
  own: NonNullable<PkiSpec['ca']>,
  have: Secrets,
  now: Date,
): Promise<Checked<Secrets>> => {
  const [cert, key, open] = await Promise.all([text(own.cert), text(own.key), openToOthers(own.key)]);
  const kept = have[certOf('ca')];
  if (cert === undefined)
    return wrong(
      'no-file',
      `the CA certificate ${own.cert} cannot be read`,
      own.cert,
      kept === undefined ? undefined : 'correct pki.ca, or leave it out: the copy in the vault goes on being used',
    );
  if (kept !== undefined && fingerprint(kept) !== fingerprint(cert))
    return wrong(
      'other-ca',
      'this cluster already has another CA in its vault, and its hosts trust that one',
      own.cert,
    );
  if (kept !== undefined && have[keyOf('ca')] !== undefined)
    return fine(have[chainName] === undefined ? chained(intermediatesIn(cert)) : {});
  if (key === undefined) return wrong('no-file', `the CA key ${own.key} cannot be read`, own.key);
  const read = readOwnAuthority({ text: cert, file: own.cert }, { text: key, file: own.key }, now);
  if (!read.ok) return read;
  if (open !== undefined)
    return wrong('open-key', `the CA key ${own.key} is not used: ${open}`, own.key, `chmod 600 ${own.key}`);
  const { certPem, keyPem, chainPem } = read.value;
  return { ...read, value: { [keyOf('ca')]: keyPem, [certOf('ca')]: certPem, ...chained(chainPem) } };
};

const chained = (chainPem: string): Secrets => (chainPem === '' ? {} : { [chainName]: chainPem });
const text = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);
const fingerprint = (pem: string): string | undefined => readCertificates(pem).certificates[0]?.fingerprint;
const fine = (value: Secrets): Checked<Secrets> => ({ ok: true, value, warnings: [] });
const wrong = (code: string, says: string, file: string, help = 'see pki.ca in the cluster file'): Checked<Secrets> => {
  const problem: Diagnostic = {
    code,
    severity: 'error',
    says,
    at: { file, line: 1, column: 1 },
    help,
  };
  return { ok: false, problems: [problem] };
};

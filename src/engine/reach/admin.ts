/**
 * The control machine's own credential for the API: a certificate of one day, for a user that is bound to
 * cluster-admin. It is kept beside the CA key (which is worth more), because making one costs a quarter of a second,
 * which is an eighth of what a run with nothing to do may take.
 */
import { X509Certificate } from 'node:crypto';
import { brokenGlassUser, controlMachineUser } from '../../model/administrators.js';
import { keyMatches } from '../../pki/key.js';
import { readCertificates } from '../../pki/read.js';
import type { Issue } from '../context.js';
import { readSecret, writeSecret } from '../vault/store.js';

export interface Credentials {
  readonly certPem: string;
  readonly keyPem: string;
}

/**
 * Where that user is not bound (yet, or any more; or the cluster is of another builder): of system:masters, for an
 * hour, in memory alone. The API server's audit log shows it under a name of its own.
 */
export const brokenGlass = (issue: Issue): Promise<Credentials> =>
  issue({
    ca: 'ca',
    commonName: brokenGlassUser,
    organizations: ['system:masters'],
    sans: [],
    usages: ['client'],
    days: 1 / 24,
  });

const name = 'control-machine/admin';
const hour = 3_600_000;

export const adminCredentials = async (
  dir: string,
  vault: { readonly authority: (name: 'ca') => { readonly certPem: string }; readonly issue: Issue },
  now: Date,
): Promise<Credentials> => {
  const [certPem, keyPem] = await Promise.all([readSecret(dir, `${name}.crt`), readSecret(dir, `${name}.key`)]);
  if (certPem !== undefined && keyPem !== undefined && good(certPem, keyPem, vault.authority('ca').certPem, now))
    return { certPem, keyPem };
  const made = await vault.issue({
    ca: 'ca',
    commonName: controlMachineUser,
    organizations: [],
    sans: [],
    usages: ['client'],
    days: 1,
  });
  await writeSecret(dir, `${name}.key`, made.keyPem);
  await writeSecret(dir, `${name}.crt`, made.certPem);
  return made;
};

const good = (certPem: string, keyPem: string, caPem: string, now: Date): boolean => {
  try {
    const leaf = new X509Certificate(certPem);
    const [authority] = readCertificates(caPem).certificates;
    if (!authority) return false;
    const from = Date.parse(leaf.validFrom);
    const to = Date.parse(leaf.validTo);
    return (
      leaf.subject === `CN=${controlMachineUser}` &&
      leaf.verify(new X509Certificate(authority.pem).publicKey) &&
      keyMatches(certPem, keyPem) &&
      from <= now.getTime() &&
      now.getTime() + hour < to
    );
  } catch {
    // A file that was cut off or is something else: a new one is made.
    return false;
  }
};

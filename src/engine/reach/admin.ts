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

interface Signing {
  readonly authorities: { readonly ca: string };
  readonly authority: (name: 'ca') => { readonly certPem: string };
  readonly issue: Issue;
}

export const adminCredentials = async (dir: string, vault: Signing, now: Date): Promise<Credentials> => {
  const [certPem, keyPem] = await Promise.all([readSecret(dir, `${name}.crt`), readSecret(dir, `${name}.key`)]);
  const kept = certPem === undefined || keyPem === undefined ? undefined : { certPem, keyPem };
  const isBy = (caPem: string): boolean => kept !== undefined && good(kept.certPem, kept.keyPem, caPem, now);
  try {
    if (kept && isBy(vault.authority('ca').certPem)) return kept;
    return await made(dir, vault.issue);
  } catch (error) {
    // Without the key of the CA that signs by now: what the one before has signed, while that is trusted.
    const trusted = readCertificates(vault.authorities.ca).certificates;
    if (kept && trusted.some(({ pem }) => isBy(pem))) return kept;
    throw error;
  }
};

const made = async (dir: string, issue: Issue): Promise<Credentials> => {
  const { certPem, keyPem } = await issue({
    ca: 'ca',
    commonName: controlMachineUser,
    organizations: [],
    sans: [],
    usages: ['client'],
    days: 1,
  });
  await writeSecret(dir, `${name}.key`, keyPem);
  await writeSecret(dir, `${name}.crt`, certPem);
  return { certPem, keyPem };
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

/** A new administrator's certificate, signed by the CA on the control machine, as a kubeconfig. */
import { identities, outsideServer } from '../blueprint/access/kubeconfigs.js';
import { writeKubeconfig } from '../pki/kubeconfig.js';
import type { ClusterFile } from './cluster-file.js';
import type { Ports } from './ports.js';
import { begin, vaultOf, within } from './story.js';

/** The kubeconfig's text. It holds a private key. */
export async function kubeconfig(file: ClusterFile, ports: Ports): Promise<string> {
  return within(begin(ports, file.warnings), file, { purpose: 'look' }, async session => {
    const { spec } = file;
    const vault = await vaultOf(session);
    const { certPem, keyPem, caPem } = await vault.issue({
      ca: 'ca',
      commonName: 'kubernetes-admin',
      organizations: identities.admin.organizations,
      sans: [],
      usages: ['client'],
      days: spec.pki.leafDays,
    });
    return writeKubeconfig({
      server: outsideServer(spec),
      cluster: spec.name,
      user: `${spec.name}-admin`,
      caPem,
      certPem,
      keyPem,
    });
  });
}

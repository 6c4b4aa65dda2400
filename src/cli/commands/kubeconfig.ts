import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { identities, outsideServer } from '../../blueprint/access/kubeconfigs.js';
import { writeKubeconfig } from '../../pki/kubeconfig.js';
import { Mistaken } from '../complaint.js';
import { open } from '../cluster/open.js';
import { readClusterFile } from '../cluster/read.js';
import { mergeKubeconfig } from '../cluster/merge-kubeconfig.js';
import { writeAtomically } from '../write.js';

/** `kw kubeconfig`: a new administrator's certificate, signed by the vault's CA. */
export async function run({ file, merge }: { readonly file: string; readonly merge?: boolean }): Promise<number> {
  const cluster = await readClusterFile(file);
  const session = await open(cluster);
  try {
    const vault = await session.vault();
    if (!vault.ok) throw new Mistaken(vault.problems);
    const { spec } = cluster;
    const { certPem, keyPem, caPem } = await vault.value.issue({
      ca: 'ca',
      commonName: 'kubernetes-admin',
      organizations: identities.admin.organizations,
      sans: [],
      usages: ['client'],
      days: spec.pki.leafDays,
    });
    const text = writeKubeconfig({
      server: outsideServer(spec),
      cluster: spec.name,
      user: `${spec.name}-admin`,
      caPem,
      certPem,
      keyPem,
    });
    if (!merge) {
      process.stdout.write(text);
      return 0;
    }
    const own = process.env.KUBECONFIG?.split(':')[0] || join(homedir(), '.kube', 'config');
    await mkdir(dirname(own), { recursive: true, mode: 0o700 });
    await writeAtomically(own, mergeKubeconfig(await readFile(own, 'utf8').catch(() => ''), text, own), 0o600);
    process.stdout.write(`${own} now has the context of ${spec.name}\n`);
    return 0;
  } finally {
    session.close();
  }
}

import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { readClusterFile } from '../../workflow/cluster-file.js';
import { kubeconfig } from '../../workflow/kubeconfig.js';
import { mergeKubeconfig } from '../merge-kubeconfig.js';
import { telling } from '../ports.js';
import { writeAtomically } from '../write.js';

/** `kw kubeconfig`: a new administrator's certificate, signed by the vault's CA. */
export async function run({ file, merge }: { readonly file: string; readonly merge?: boolean }): Promise<number> {
  const cluster = await readClusterFile(file);
  const text = await telling({}, ports => kubeconfig(cluster, ports));
  if (!merge) {
    process.stdout.write(text);
    return 0;
  }
  const own = process.env.KUBECONFIG?.split(':')[0] || join(homedir(), '.kube', 'config');
  await mkdir(dirname(own), { recursive: true, mode: 0o700 });
  await writeAtomically(own, mergeKubeconfig(await readFile(own, 'utf8').catch(() => ''), text, own), 0o600);
  process.stdout.write(`${own} now has the context of ${cluster.spec.name}\n`);
  return 0;
}

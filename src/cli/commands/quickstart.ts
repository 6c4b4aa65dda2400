import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { stringify } from 'yaml';
import { embedded } from '../../artifacts/embedded.js';
import { newestHere, type NewestHere } from '../../artifacts/index.js';
import { clusterFileForLab, type LabState, labUp } from '../../lab/index.js';
import type { ClusterSpec } from '../../model/cluster.js';
import { readClusterFile } from '../../workflow/cluster-file.js';
import { mistaken } from '../../workflow/mistaken.js';
import { artifactsFor } from '../ports.js';
import { writeAtomically } from '../write.js';
import { run as up } from './up.js';

const defaultHosts = 5;
const file = 'lab/cluster.yaml';

/** `kw quickstart`: a lab of real hosts, a cluster on them, the proof, and what to do next. */
export async function run({ hosts, json }: { readonly hosts?: number; readonly json?: boolean }): Promise<number> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw mistaken(
      'lab-needs-root',
      'the lab makes real hosts (systemd-nspawn, network namespaces), which needs root on Linux',
      'run it with sudo on a Debian machine, or write a cluster file for hosts of your own: kw init',
    );
  }
  const say = (says: string): void => {
    process.stderr.write(`${says}\n`);
  };
  const version = await newestHere();
  const source =
    version.source === 'go' ? 'its Go modules' : 'Debian’s source, since there is no Go 1.26 on this machine';
  say(
    `1/3 binaries and hosts (the first time some minutes: Kubernetes ${version.kubernetes} is built from ${source}; ` +
      'later runs take it from the cache)',
  );
  const { kubernetes, source: from } = version;
  const lab = await beside(
    signal => labUp({ hosts: hosts ?? defaultHosts }, { progress: says => say(`lab: ${says}`), signal }),
    // Both would install packages of this machine where Debian's source is built.
    async signal =>
      from === 'go' &&
      artifactsFor({ kubernetes, artifacts: { source: from }, runtime: { name: 'containerd' } }, say, signal),
  );
  await mkdir('lab', { recursive: true });
  await fileFor(lab, hosts, version, say);
  // A file of an earlier lab may ask for another version.
  await artifactsFor((await readClusterFile(file)).spec, say);
  say(`2/3 the cluster of ${file}`);
  const code = await up({ file, yes: true, ...(json ? { json } : {}) });
  if (code === 0 && !json) process.stdout.write(next(embedded ? 'kw' : './kw'));
  return code;
}

/** Two pieces of work side by side. Where one fails, the other is told to end, and waited for. */
export async function beside<T>(
  one: (signal: AbortSignal) => Promise<T>,
  other: (signal: AbortSignal) => Promise<unknown>,
): Promise<T> {
  const over = new AbortController();
  const both = [one(over.signal), other(over.signal)] as const;
  const ended = both.map(work => work.catch(() => over.abort()));
  try {
    return (await Promise.all(both))[0];
  } finally {
    await Promise.all(ended);
  }
}

/** A file of an earlier lab names hosts that are not there any more; it is kept, since somebody may have edited it. */
async function fileFor(
  lab: LabState,
  asked: number | undefined,
  version: NewestHere,
  say: (says: string) => void,
): Promise<void> {
  if (existsSync(file)) {
    const { spec } = await readClusterFile(file);
    if (fits(spec, lab, asked)) return;
    await rename(file, `${file}.old`);
    say(`${file} was of another lab: it is ${file}.old now`);
  }
  await writeAtomically(
    file,
    `# The quickstart's cluster. Every default: kw plan -f ${file} ` +
      `--explain-defaults\n${stringify(clusterFileForLab(lab, { version }))}`,
  );
}

export const fits = (
  { hosts }: Pick<ClusterSpec, 'hosts'>,
  lab: Pick<LabState, 'hosts'>,
  asked: number | undefined,
): boolean =>
  hosts.every(({ name, address, ssh }) =>
    lab.hosts.some(
      one => one.name === name && one.address === address && (ssh.hostKey === undefined || ssh.hostKey === one.hostKey),
    ),
  ) &&
  (asked === undefined || asked <= hosts.length);

/** @param kw The program, as it is called from here. */
const next = (kw: string): string => `
3/3 The cluster is up and proven. What to do next:
  ${kw} status -f ${file}              every component of every host
  ${kw} lab ssh kw-1                          be root on a control plane: kubectl --kubeconfig \
/etc/kubernetes/admin.conf get nodes
  ${kw} kubeconfig -f ${file} --merge  your own way in for kubectl, for 8 hours
  ${kw} plan -f ${file}                edit the file, and see what would change
  ${kw} reset -f ${file}               the hosts as they were before
  ${kw} lab down                              and all of it is gone
`;

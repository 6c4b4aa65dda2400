/**
 * Makes the mirror that newest-minor.test.ts wants, by hand: npx tsx test/lab/wizard/newest-mirror.ts 1.36.2 PROGRAMS MIRROR.
 * PROGRAMS is a folder with Kubernetes' six programs of that version, and with etcd, etcdctl, containerd,
 * containerd-shim-runc-v2 and ctr where Debian 12's are too old. runc, the CNI plugins and the images come from source `debian`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { defaultCache, resolveArtifacts, writeMirror } from '../../../src/artifacts/index.js';
import { kubernetesBinaries } from '../../../src/artifacts/release/parts.js';
import { digestOf } from '../../../src/artifacts/release/site.js';
import { debianVersion } from '../../../src/catalog/releases.js';
import type { Artifact, ArtifactSet, BinaryName } from '../../../src/model/artifact.js';

/** Programs that come together, and the one that is asked for the version of all. */
const parts: readonly { readonly ask: BinaryName; readonly names: readonly BinaryName[] }[] = [
  { ask: 'kube-apiserver', names: kubernetesBinaries },
  { ask: 'etcd', names: ['etcd', 'etcdctl'] },
  { ask: 'containerd', names: ['containerd', 'containerd-shim-runc-v2', 'ctr'] },
];

const [version, programs, mirror] = process.argv.slice(2);
if (!version || !programs || !mirror)
  throw new Error('usage: npx tsx test/lab/wizard/newest-mirror.ts VERSION PROGRAMS MIRROR');

const progress = (says: string): void => {
  process.stderr.write(`${says}\n`);
};
const debian = await resolveArtifacts(
  { source: 'debian', kubernetes: debianVersion, arch: 'amd64' },
  { cache: defaultCache(process.env), progress },
);
const binaries = await programsIn(resolve(programs));
if (binaries['kube-apiserver']?.version !== version)
  throw new Error(
    `kube-apiserver in ${programs} is ${binaries['kube-apiserver']?.version ?? 'missing'}, not ${version}`,
  );
await writeMirror(setOf(debian, binaries), resolve(mirror), progress);
progress(`KW_TEST_MIRROR=${resolve(mirror)} KW_TEST_VERSION=${version}`);

async function programsIn(folder: string): Promise<ArtifactSet['binaries']> {
  const found: [BinaryName, Artifact][] = [];
  for (const { ask, names } of parts) {
    if (!existsSync(join(folder, ask))) continue;
    const said = /\d+\.\d+\.\d+/.exec(execFileSync(join(folder, ask), ['--version'], { encoding: 'utf8' }))?.[0] ?? '';
    for (const name of names)
      found.push([name, { name, version: said, file: join(folder, name), ...(await digestOf(join(folder, name))) }]);
  }
  return Object.fromEntries(found);
}

/** What is not in the folder stays as Debian 12 has it: etcd as a file, the runtime as packages. */
function setOf(base: ArtifactSet, own: ArtifactSet['binaries']): ArtifactSet {
  const node = base.packages.node.filter(name => !(name === 'containerd' && own.containerd));
  return { ...base, source: 'mirror', binaries: { ...base.binaries, ...own }, packages: { ...base.packages, node } };
}

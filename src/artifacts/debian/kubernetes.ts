/** Kubernetes from Debian's source package, built as its own debian/rules does. */
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { run } from '../command.js';
import { failed } from '../failure.js';
import { type Apt, aptGet, refresh } from './apt.js';

/** What Debian 12 packages; its own version string is 1.20.5+really1.20.2-1.1. */
export const debianKubernetes = '1.20.2';
/** Upstream's commit of v1.20.2, so that `kubectl version` says what was built. */
const commit = 'faecb196815e248d3ecfb03c680a4507229c2a56';

export const builtBinaries = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'kubectl',
] as const;

const buildPackages = [
  'golang-go',
  'rsync',
  'jq',
  'golang-github-modern-go-reflect2-dev',
  'dpkg-dev',
  'make',
  'gcc',
  'libc6-dev',
  'patch',
  'xz-utils',
];

export interface Build {
  /** Kept when the build is cut, so that the next run resumes it. */
  readonly folder: string;
  readonly apt: Apt;
  /** Commands to compile; default `builtBinaries`. */
  readonly programs?: readonly string[];
  progress(says: string): void;
}

/** Returns the folder that holds the binaries and `pause`. */
export async function buildKubernetes(build: Build): Promise<string> {
  await installBuildPackages(build);
  const prepared = join(build.folder, '.prepared');
  const resumed = existsSync(prepared);
  if (!resumed) await prepareSource(build, prepared);
  try {
    return await compile(build);
  } catch (error) {
    // What a killed run left half-written may be the reason: once more from nothing.
    if (!resumed || build.apt.common.signal?.aborted) throw error;
    build.progress('the interrupted build cannot be resumed; building from the start');
    await prepareSource(build, prepared);
    return compile(build);
  }
}

async function installBuildPackages({ apt, progress }: Build): Promise<void> {
  const missing: string[] = [];
  for (const name of buildPackages) if (!(await isInstalled(name))) missing.push(name);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0)
    throw failed(
      'refused',
      `building Kubernetes needs the packages ${missing.join(', ')} on this machine`,
      `Run: sudo apt-get install --no-install-recommends ${missing.join(' ')}`,
    );
  progress(`installing ${missing.join(', ')}`);
  // With the machine's own configuration and lists, because this really installs.
  const common = {
    help: 'Correct what the log names, then run the command again.',
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    ...apt.common,
  };
  await run({ argv: ['apt-get', '-q', 'update'], says: "read this machine's package lists", ...common });
  await run({
    argv: ['apt-get', '-q', '-y', '--no-install-recommends', 'install', ...missing],
    says: `install ${missing.join(', ')}`,
    ...common,
  });
}

const isInstalled = (name: string): Promise<boolean> =>
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is dpkg-query's
  promisify(execFile)('dpkg-query', ['-W', '-f', '${db:Status-Status}', name]).then(
    ({ stdout }) => stdout === 'installed',
    () => false,
  );

async function prepareSource({ folder, apt, progress }: Build, prepared: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  progress('fetching the source package of Kubernetes');
  await refresh(apt);
  await aptGet(apt, 'fetch the source package kubernetes', ['source', 'kubernetes'], folder);
  const source = await sourceFolder(folder);
  // The vendored reflect2 panics in binaries of Go 1.18 and later; Debian packages one that does not.
  const vendored = join(source, 'vendor/github.com/modern-go/reflect2');
  await rm(vendored, { recursive: true });
  await cp('/usr/share/gocode/src/github.com/modern-go/reflect2', vendored, { recursive: true, dereference: true });
  await mkdir(join(source, '.go/src/k8s.io'), { recursive: true });
  await symlink('../../..', join(source, '.go/src/k8s.io/kubernetes'));
  await mkdir(join(source, '.home'));
  await writeFile(prepared, '');
}

async function compile({ folder, apt, programs = builtBinaries, progress }: Build): Promise<string> {
  const source = await sourceFolder(folder);
  const [major, minor] = debianKubernetes.split('.') as [string, string];
  const help =
    'Correct what the log names (often a full disk or too little memory), then run the command again: it resumes.';
  const common = { help, ...apt.common };
  progress(`compiling ${programs.join(', ')}`);
  await run({
    ...common,
    says: `build Kubernetes ${debianKubernetes}`,
    cwd: join(source, '.go/src/k8s.io/kubernetes'),
    argv: ['make', `WHAT=${programs.map(name => `cmd/${name}`).join(' ')}`, 'GOLDFLAGS=-s -w'],
    env: {
      // GOPATH must name the tree by the link below it, and PWD is what Kubernetes' scripts believe.
      PWD: join(source, '.go/src/k8s.io/kubernetes'),
      GOPATH: join(source, '.go'),
      HOME: join(source, '.home'),
      CGO_ENABLED: '0',
      GOFLAGS: '',
      KUBE_GIT_VERSION: `v${debianKubernetes}`,
      KUBE_GIT_MAJOR: major,
      KUBE_GIT_MINOR: minor,
      KUBE_GIT_TREE_STATE: 'clean',
      KUBE_GIT_COMMIT: commit,
    },
  });
  const output = join(source, '_output/local/bin/linux/amd64');
  await run({
    ...common,
    says: 'build the pause program',
    cwd: source,
    argv: ['gcc', '-Os', '-Wall', '-static', '-o', join(output, 'pause'), 'build/pause/linux/pause.c'],
  });
  return output;
}

async function sourceFolder(folder: string): Promise<string> {
  const found = (await readdir(folder, { withFileTypes: true })).find(
    entry => entry.isDirectory() && entry.name.startsWith('kubernetes-'),
  );
  if (!found)
    throw failed(
      'refused',
      `Debian's archive has no source package of Kubernetes ${debianKubernetes} for this machine`,
      'Use artifacts source release or mirror.',
    );
  return join(folder, found.name);
}

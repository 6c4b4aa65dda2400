/**
 * Lets kubeadm of each minor render what it would lay on a first control plane: `sudo npx tsx scripts/render-kubeadm.ts
 * [1.37.2 …]` writes test/corpus/kubeadm/rendered/FILE.yaml, in which all that render the same share one text. Each
 * kubeadm is built from its Go module (minutes each, kept in the cache) and runs in a mount namespace with empty
 * folders over /etc/kubernetes and /var/lib/kubelet, so that nothing of this machine is touched. Read the diff.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { built } from '../src/artifacts/go/build.js';
import { kubeadmRecipe } from '../src/artifacts/go/recipes.js';
import { defaultCache } from '../src/artifacts/options.js';
import { minorOf } from '../src/catalog/index.js';
import { readRenderings, type Rendering, writeRenderings } from '../test/clinic/kubeadm/corpus.js';

/** One patch of each minor, newest or nearly so. */
const versions = ['1.30.2', '1.31.9', '1.32.13', '1.33.13', '1.34.4', '1.35.4', '1.36.3', '1.37.2'];

const corpus = new URL('../test/corpus/kubeadm/', import.meta.url).pathname;
const pki = new URL('../test/clinic/base/pki/', import.meta.url).pathname;

interface Config {
  readonly name: string;
  readonly text: string;
}

/** `NAME.v1beta3.yaml` is in the older API, which 1.37 does not read any more; 1.30 reads no newer one. */
const configsOf = (version: string): readonly Config[] => {
  const minor = minorOf(version);
  const files = readdirSync(join(corpus, 'configs')).map(file => file.replace(/\.yaml$/, ''));
  return files.flatMap(name => {
    const old = name.endsWith('.v1beta3');
    if (old ? minor > 36 : minor < 31 && files.includes(`${name}.v1beta3`)) return [];
    const text = readFileSync(join(corpus, 'configs', `${name}.yaml`), 'utf8')
      .replaceAll('kubeadm.k8s.io/API', `kubeadm.k8s.io/${old || minor < 31 ? 'v1beta3' : 'v1beta4'}`)
      .replaceAll('kubernetesVersion: VERSION', `kubernetesVersion: v${version}`)
      .replaceAll('PATCHES', '/etc/kubernetes/patches');
    return [{ name, text }];
  });
};

/** Without systemd, or anything else of this machine, in reach of kubeadm. */
const inside = `set -eu
mkdir -p /etc/kubernetes /var/lib/kubelet
mount -t tmpfs none /etc/kubernetes
mount -t tmpfs none /var/lib/kubelet
mkdir -p /etc/kubernetes/patches /etc/kubernetes/pki /etc/kubernetes/ssl
cp "$1"/patches/* /etc/kubernetes/patches/
cp "$1"/ca.crt "$1"/ca.key /etc/kubernetes/pki/
cp "$1"/ca.crt "$1"/ca.key /etc/kubernetes/ssl/
here=$PWD
kubeadm() { (PATH=/nowhere; "$here/kubeadm" init phase "$@" --config "$here/config.yaml" >&2); }
kubeadm kubeconfig all
kubeadm control-plane all
grep -q external: config.yaml || kubeadm etcd local
kubeadm kubelet-start || true
cd /
tar cf - etc/kubernetes/manifests etc/kubernetes/*.conf var/lib/kubelet`;

const rendered = (kubeadm: string, config: string): ReadonlyMap<string, string> => {
  const scratch = mkdtempSync(join(tmpdir(), 'kw-kubeadm-'));
  try {
    copyFileSync(kubeadm, join(scratch, 'kubeadm'));
    chmodSync(join(scratch, 'kubeadm'), 0o755);
    writeFileSync(join(scratch, 'config.yaml'), config);
    execFileSync('cp', ['-r', join(corpus, 'patches'), join(pki, 'ca.crt'), join(pki, 'ca.key'), scratch]);
    const tar = execFileSync('unshare', ['-m', 'sh', '-c', inside, 'render', scratch], {
      cwd: scratch,
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 64 << 20,
    });
    execFileSync('mkdir', [join(scratch, 'out')]);
    execFileSync('tar', ['xf', '-', '-C', join(scratch, 'out')], { input: tar });
    const files = execFileSync('find', ['.', '-type', 'f'], { cwd: join(scratch, 'out'), encoding: 'utf8' });
    return new Map(
      files
        .split('\n')
        .filter(file => file !== '')
        .sort()
        .map(file => [file.slice(1), blanked(readFileSync(join(scratch, 'out', file), 'utf8'))]),
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

/** Certificates and keys are made anew each time, and none is kept. */
const blanked = (text: string): string => text.replaceAll(/^(\s+[\w-]+-data): \S+$/gm, '$1: BLANKED');

const main = async (): Promise<void> => {
  const named = process.argv.slice(2);
  for (const version of named.length > 0 ? named : versions) {
    const progress = (says: string) => process.stderr.write(`${says}\n`);
    const cache = process.env.KW_CACHE ?? defaultCache(process.env);
    const { kubeadm } = await built(kubeadmRecipe(version), { cache, progress });
    if (!kubeadm) throw new Error('the recipe has no kubeadm');
    const made = configsOf(version).map(({ name, text }): Rendering => {
      process.stderr.write(`${version} ${name}\n`);
      return { version, config: name, files: rendered(kubeadm.file, text) };
    });
    const others = readRenderings().filter(one => minorOf(one.version) !== minorOf(version));
    writeRenderings([...others, ...made]);
  }
};

await main();

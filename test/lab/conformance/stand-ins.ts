/**
 * Images that upstream's tests ask for, made where no registry can be reached: one Debian, and on it the programs of
 * the Go modules. What each must have was found by tests that failed without it.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, copyFile, mkdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { built } from '../../../src/artifacts/go/build.js';
import { conformanceRecipe } from '../../../src/artifacts/go/conformance.js';
import { kubernetesRecipe, recipesFor } from '../../../src/artifacts/go/recipes.js';
import { downloadModule } from '../../../src/artifacts/go/toolchain.js';
import { folders, type ResolveOptions } from '../../../src/artifacts/options.js';
import { once } from '../../../src/artifacts/store/record.js';
import { storeFile } from '../../../src/artifacts/store/store.js';
import { debianMirror } from '../../../src/lab/hosts/base.js';
import type { Artifact } from '../../../src/model/artifact.js';

const exec = promisify(execFile);

/** Raised when what is made of the same version changes. */
const format = 3;

export const standInsRecord = (version: string): string => `conformance-images-${version}-${format}`;

const packages = [
  'bash',
  'bind9-dnsutils',
  'busybox',
  'ca-certificates',
  'curl',
  'iproute2',
  'iptables',
  'iputils-ping',
  'netcat-openbsd',
  'nginx-light',
  'procps',
  'socat',
  'wget',
];

/** One archive with all images, as `ctr images import` takes it. @param refs What `e2e.test --list-images` prints. */
export const standIns = (version: string, refs: readonly string[], options: ResolveOptions): Promise<Artifact> =>
  once(standInsRecord(version), options, async () => {
    const { builds, store } = folders(options.cache);
    const folder = join(builds, `conformance-images-${version}`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(join(folder, 'oci/blobs/sha256'), { recursive: true });
    options.progress('making a Debian for the images of the tests (a minute or two, once)');
    const layers = { debian: await debian(folder), programs: await programs(version, folder, options) };
    const { folder: module } = await downloadModule('k8s.io/kubernetes', version, options.signal);
    const manifests = [];
    for (const ref of refs) {
      const name = nameOf(ref);
      const config = images[name];
      if (!config) continue;
      const own = await ownLayers[name]?.(folder, module);
      manifests.push(await manifest(ref, config, [layers.debian, layers.programs, ...(own ? [own] : [])], folder));
    }
    await writeFile(join(folder, 'oci/oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    await writeFile(join(folder, 'oci/index.json'), JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
    const tar = join(folder, 'images.tar');
    await exec('tar', ['cf', tar, '-C', join(folder, 'oci'), '.']);
    const stored = await storeFile(store, tar);
    await rm(folder, { recursive: true, force: true });
    return { name: 'conformance-images', version, ...stored };
  });

interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
}

const agnhost: ImageConfig = { Entrypoint: ['/agnhost'], Cmd: ['pause'] };
const web: ImageConfig = { Entrypoint: ['/agnhost'], Cmd: ['test-webserver'] };

const images: Readonly<Record<string, ImageConfig>> = {
  agnhost,
  busybox: { Cmd: ['sh'] },
  etcd: {},
  'glibc-dns-testing': { Cmd: ['sleep', '3600'] },
  kitten: web,
  nautilus: web,
  nginx: { Cmd: ['nginx', '-g', 'daemon off;'] },
  nonewprivs: { Cmd: ['nnp'] },
  'sample-apiserver': { Entrypoint: ['/sample-apiserver'] },
};

/** Of `registry.k8s.io/e2e-test-images/agnhost:2.66.1`; what nobody can pull has none. */
const nameOf = (ref: string): string =>
  ref.startsWith('registry.k8s.io/') ? (/([^/]+):[^:/]+$/.exec(ref)?.[1] ?? '') : '';

interface Blob {
  readonly digest: string;
  readonly size: number;
}

const debian = async (folder: string): Promise<Blob> => {
  const root = join(folder, 'debian');
  const { codename, uri } = await debianMirror();
  await exec('debootstrap', ['--variant=minbase', `--include=${packages.join(',')}`, codename, root, uri], {
    maxBuffer: 64 << 20,
  });
  await exec('chroot', [root, '/bin/sh', '-ec', customise]);
  return layer(root, folder);
};

/**
 * A `sh` must pass on variables whose names a shell cannot have (bash does), sysctl is looked for in /bin, and one test
 * asks for the groups of a user that agnhost brings.
 */
const customise = `ln -sf bash /bin/sh
[ -e /bin/sysctl ] || ln -s /sbin/sysctl /bin/sysctl
useradd -u 1000 -M user-defined-in-image
groupadd -g 50000 group-defined-in-image
usermod -aG group-defined-in-image user-defined-in-image
printf '%s\\n' 'server { listen 80 default_server; root /usr/share/nginx/html; index index.html; }' \
  >/etc/nginx/sites-enabled/default
ln -sf /dev/stdout /var/log/nginx/access.log
ln -sf /dev/stderr /var/log/nginx/error.log
rm -rf /var/cache/apt /var/lib/apt/lists/* /usr/share/doc /usr/share/man /usr/share/locale /var/log/*.log`;

const programs = async (version: string, folder: string, options: ResolveOptions): Promise<Blob> => {
  const made = await built(conformanceRecipe(version), options);
  const etcd = recipesFor(version).find(one => one.name === 'etcd');
  if (!etcd) throw new Error(`no etcd goes with ${version}`);
  const all = { ...made, ...(await built(etcd, options)) };
  const { folder: module } = await downloadModule(kubernetesRecipe(version).module, version, options.signal);
  const root = join(folder, 'programs');
  const places: readonly (readonly [string, string, number])[] = [
    [all.agnhost?.file ?? '', 'agnhost', 0o755],
    [all.nonewprivs?.file ?? '', 'usr/local/bin/nnp', 0o4755],
    [all['sample-apiserver']?.file ?? '', 'sample-apiserver', 0o755],
    [all.etcd?.file ?? '', 'usr/local/bin/etcd', 0o755],
    [join(module, 'test/images/agnhost/porter/localhost.crt'), 'localhost.crt', 0o644],
    [join(module, 'test/images/agnhost/porter/localhost.key'), 'localhost.key', 0o644],
  ];
  for (const [from, to, mode] of places) {
    await mkdir(dirname(join(root, to)), { recursive: true });
    await copyFile(from, join(root, to));
    await chmod(join(root, to), mode);
  }
  await symlink('agnhost', join(root, 'agnhost-2'));
  await mkdir(join(root, 'uploads'));
  return layer(root, folder);
};

/**
 * A test of read-only files wants ash's very words from /bin/sh; others want variables whose names a shell cannot have
 * from the `sh` of the path, which ash drops. Debian's hexdump is in a package of its own.
 */
const shells = async (folder: string): Promise<Blob> => {
  const root = join(folder, 'shells');
  // The list may name an image in more than one version.
  await rm(root, { recursive: true, force: true });
  for (const [path, target] of [
    ['usr/bin/sh', 'busybox'],
    ['usr/local/bin/sh', '/bin/bash'],
    ['usr/bin/hexdump', 'busybox'],
  ] as const) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await symlink(target, join(root, path));
  }
  return layer(root, folder);
};

/** The test of image volumes looks which system the image is made of. */
const animal = async (module: string, name: string, folder: string): Promise<Blob> => {
  const root = join(folder, name);
  await mkdir(join(root, 'etc'), { recursive: true });
  await writeFile(join(root, 'etc/os-release'), 'NAME="Stand-in for Alpine Linux"\n', { mode: 0o644 });
  for (const file of [`${name}.jpg`, 'data.json']) {
    await copyFile(join(module, 'test/images', name, 'html', file), join(root, file));
    await chmod(join(root, file), 0o644);
  }
  return layer(root, folder);
};

/** What an image has beside the two layers of all. */
const ownLayers: Readonly<Record<string, (folder: string, module: string) => Promise<Blob>>> = {
  busybox: shells,
  kitten: (folder, module) => animal(module, 'kitten', folder),
  nautilus: (folder, module) => animal(module, 'nautilus', folder),
};

const layer = async (root: string, folder: string): Promise<Blob> => {
  const tar = `${root}.tar`;
  const how = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  await exec('tar', [
    ...(root.endsWith('/debian') ? ['--numeric-owner'] : how),
    '--one-file-system',
    '-cf',
    tar,
    '-C',
    root,
    '.',
  ]);
  const hash = createHash('sha256');
  await pipeline(createReadStream(tar), hash);
  const digest = hash.digest('hex');
  const { size } = await stat(tar);
  await rename(tar, join(folder, 'oci/blobs/sha256', digest));
  return { digest: `sha256:${digest}`, size };
};

const manifest = async (ref: string, config: ImageConfig, layers: readonly Blob[], folder: string) => {
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const configured = await text(folder, {
    architecture: 'amd64',
    os: 'linux',
    config: { Env: [path], WorkingDir: '/', ...config },
    rootfs: { type: 'layers', diff_ids: layers.map(one => one.digest) },
  });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const made = await text(folder, {
    schemaVersion: 2,
    mediaType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...configured },
    layers: layers.map(one => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...one })),
  });
  const tag = ref.slice(ref.lastIndexOf(':') + 1);
  const annotations = { 'io.containerd.image.name': ref, 'org.opencontainers.image.ref.name': tag };
  return { mediaType, ...made, platform: { architecture: 'amd64', os: 'linux' }, annotations };
};

const text = async (folder: string, value: unknown): Promise<Blob> => {
  const json = JSON.stringify(value);
  const digest = createHash('sha256').update(json).digest('hex');
  await writeFile(join(folder, 'oci/blobs/sha256', digest), json);
  return { digest: `sha256:${digest}`, size: Buffer.byteLength(json) };
};

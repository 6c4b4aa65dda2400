/** The images that Kubewizard makes itself, so that no registry is needed. */
import { createHash } from 'node:crypto';
import type { ImageRecipe } from './archive.js';
import { withLibraries } from './closure.js';
import { dnsFeed } from './dns-feed.js';
import type { Node } from './tree.js';

export const dnsPackages = ['dnsmasq-base', 'jq', 'curl', 'busybox-static'];
export const probePackages = ['curl', 'busybox-static'];

const dnsApplets = ['sh', 'cat', 'awk', 'cmp', 'grep', 'kill', 'mkdir', 'mkfifo', 'mv', 'rm', 'sleep', 'test'];
const probeApplets = [
  'sh',
  'cat',
  'date',
  'echo',
  'env',
  'grep',
  'head',
  'hostname',
  'httpd',
  'ip',
  'kill',
  'ls',
  'mkdir',
  'nc',
  'ping',
  'ps',
  'seq',
  'sleep',
  'tail',
  'test',
  'timeout',
  'touch',
  'true',
  'wc',
];

const accounts: readonly (readonly [string, Node])[] = [
  [
    'etc/passwd',
    { is: 'text', mode: 0o644, text: 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' },
  ],
  ['etc/group', { is: 'text', mode: 0o644, text: 'root:x:0:\nnogroup:x:65534:\n' }],
  // libc since 2.34 carries `files` and `dns` in itself; this only orders them.
  ['etc/nsswitch.conf', { is: 'text', mode: 0o644, text: 'passwd: files\ngroup: files\nhosts: files dns\n' }],
  ['tmp', { is: 'folder', mode: 0o1777 }],
  ['run', { is: 'folder', mode: 0o755 }],
];

/** Changes whenever a recipe does, so that caches make the images again. */
export const recipesDigest = createHash('sha256')
  .update(JSON.stringify([dnsFeed, dnsPackages, probePackages, dnsApplets, probeApplets, accounts]))
  .digest('hex')
  .slice(0, 12);

export const pauseImage = (ref: string, version: string, program: string): ImageRecipe => ({
  name: 'pause',
  version,
  ref: () => ref,
  entrypoint: ['/pause'],
  tree: new Map([['pause', { is: 'file', from: program, mode: 0o755 }]]),
});

/** CoreDNS is one static binary; what it needs of the world are the roots of TLS upstreams, which nobody here uses. */
export const corednsImage = (ref: string, version: string, program: string): ImageRecipe => ({
  name: 'dns',
  version,
  ref: () => ref,
  entrypoint: ['/coredns'],
  tree: new Map<string, Node>([['coredns', { is: 'file', from: program, mode: 0o755 }], ...accounts]),
});

/** One static binary, too; it keeps its serving certificate in memory. */
export const metricsImage = (ref: string, version: string, program: string): ImageRecipe => ({
  name: 'metrics-server',
  version,
  ref: () => ref,
  entrypoint: ['/metrics-server'],
  tree: new Map<string, Node>([['metrics-server', { is: 'file', from: program, mode: 0o755 }], ...accounts]),
});

/** dnsmasq fed from the API; see docs/artifacts.md for what its pod must be allowed and given. */
export const dnsImage = async (packages: string, version: string): Promise<ImageRecipe> => ({
  name: 'dns',
  version,
  entrypoint: ['/dns-feed'],
  env: ['DOMAIN=cluster.local', 'PORT=53'],
  // The tag follows the contents: a Deployment that names it rolls when they change.
  ref: layer => `docker.io/kubewizard/dns:1-${layer.slice(0, 12)}`,
  tree: new Map<string, Node>([
    ...(await withLibraries(packages, ['usr/sbin/dnsmasq', 'usr/bin/jq', 'usr/bin/curl', 'bin/busybox'])),
    ...accounts,
    ...applets(dnsApplets),
    ['dns-feed', { is: 'text', mode: 0o755, text: dnsFeed }],
  ]),
});

/** What `kw verify` runs as client and server. */
export const probeImage = async (packages: string, version: string): Promise<ImageRecipe> => ({
  name: 'probe',
  version,
  entrypoint: ['/bin/sh'],
  ref: () => 'docker.io/kubewizard/probe:1',
  tree: new Map<string, Node>([
    ...(await withLibraries(packages, ['usr/bin/curl', 'bin/busybox'])),
    ...accounts,
    ...applets(probeApplets),
  ]),
});

const applets = (names: readonly string[]): readonly (readonly [string, Node])[] =>
  names.map(name => [`bin/${name}`, { is: 'link', to: 'busybox' }]);

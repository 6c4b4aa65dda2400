import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { makeImage } from '../../src/artifacts/image/archive.js';
import { resolveArtifacts, writeMirror } from '../../src/artifacts/index.js';
import { artifactsIn } from '../../src/artifacts/store/record.js';
import { storeStream } from '../../src/artifacts/store/store.js';
import type { Artifact, ArtifactSet } from '../../src/model/artifact.js';
import { WorldFailed } from '../../src/model/event.js';
import { namesIn, optionsFor, scratch } from './scratch.js';
import { answer, closed, contentOf, listening, upstream } from './upstream.js';
import { Readable } from 'node:stream';

/** Files of a folder over HTTP, as a web server on an airgapped site would. */
async function webServer(folder: string) {
  const server = createServer((request, response) => {
    readFile(join(folder, request.url ?? '')).then(
      body => answer(request, response, body),
      () => response.writeHead(404).end(),
    );
  });
  const url = `http://127.0.0.1:${await listening(server)}`;
  const close = () => closed(server);
  onTestFinished(close);
  return { url, close };
}

/** What source debian gives: etcd as a file, the runtime as a package, all images. */
async function debianLike(store: string): Promise<ArtifactSet> {
  const artifact = async (name: string, version: string): Promise<Artifact> => ({
    name,
    version,
    ...(await storeStream(store, Readable.from(contentOf(name, version)))),
  });
  const names = [
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'kubelet',
    'kube-proxy',
    'kubectl',
  ] as const;
  const kubernetes = Object.fromEntries(
    await Promise.all(names.map(async name => [name, await artifact(name, '1.20.2')] as const)),
  );
  const image = (name: 'pause' | 'dns' | 'probe', ref: string) =>
    makeImage(
      {
        name,
        version: '1',
        ref: () => ref,
        entrypoint: ['/x'],
        tree: new Map([['x', { is: 'text', text: name, mode: 0o755 }]]),
      },
      store,
      store,
    );
  return {
    source: 'debian',
    dns: 'dnsmasq',
    cniPlugins: {},
    packages: { node: ['containerd', 'runc'], loadBalancer: ['haproxy'] },
    binaries: { ...kubernetes, etcd: await artifact('etcd', '3.4.23'), etcdctl: await artifact('etcdctl', '3.4.23') },
    images: {
      pause: await image('pause', 'k8s.gcr.io/pause:3.2'),
      dns: await image('dns', 'docker.io/kubewizard/dns:1-abc'),
      probe: await image('probe', 'docker.io/kubewizard/probe:1'),
    },
  };
}

const digests = (set: ArtifactSet) => ({
  binaries: Object.fromEntries(
    Object.entries(set.binaries).map(([name, { sha256, version }]) => [name, [sha256, version]]),
  ),
  plugins: Object.fromEntries(
    Object.entries(set.cniPlugins).map(([name, { sha256, version }]) => [name, [sha256, version]]),
  ),
  images: Object.fromEntries(Object.entries(set.images).map(([name, { sha256, ref }]) => [name, [sha256, ref]])),
  dns: set.dns,
  packages: set.packages,
});

let folder: string;
let cache: string;
const resolve = (mirror: string, kubernetes: string, into = cache) =>
  resolveArtifacts({ kubernetes, source: 'mirror', mirror, arch: 'amd64' }, optionsFor(into));

beforeEach(async () => {
  folder = join(await scratch(), 'mirror');
  cache = await scratch();
});

describe('a mirror that kw wrote', () => {
  it('gives the same digests as the set of Debian it was written from, as a folder and over HTTP', async () => {
    const set = await debianLike(join(await scratch(), 'store'));
    const written = await writeMirror(set, folder);
    expect(written.files).toBe(10);
    const { url } = await webServer(folder);
    for (const mirror of [folder, `file://${folder}`, url]) {
      const found = await resolve(mirror, '1.20.2', await scratch());
      expect(found.source).toBe('mirror');
      expect(digests(found)).toEqual(digests(set));
    }
  });

  it('gives the same digests as the release it was written from, CNI plugins and the runtime included', async () => {
    const site = await upstream('1.30.2');
    onTestFinished(() => site.close());
    const set = await resolveArtifacts(
      { kubernetes: '1.30.2', source: 'release', arch: 'amd64' },
      optionsFor(await scratch(), { urls: { kubernetes: site.url, github: site.url } }),
    );
    await writeMirror(set, folder);
    expect(digests(await resolve(folder, '1.30.2'))).toEqual(digests(set));
  });

  it('is written the same twice, so that copies can be compared', async () => {
    const set = await debianLike(join(await scratch(), 'store'));
    await writeMirror(set, folder);
    const sums = join(folder, 'etcd-io/etcd/releases/download/v3.4.23/SHA256SUMS');
    const before = await readFile(sums, 'utf8');
    await writeMirror(set, folder);
    expect(await readFile(sums, 'utf8')).toBe(before);
  });
});

describe('a mirror that somebody else made', () => {
  async function copyOfUpstream(): Promise<void> {
    const site = await upstream('1.31.4');
    for (const [path, body] of site.files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), body);
    }
    await site.close();
  }

  it("needs nothing but upstream's own files; images are optional and name themselves", async () => {
    await copyOfUpstream();
    expect(await resolve(folder, '1.31.4')).toMatchObject({ images: {}, dns: 'coredns' });
    const store = await scratch();
    const coredns = await makeImage(
      {
        name: 'dns',
        version: '1',
        ref: () => 'registry.k8s.io/coredns/coredns:v1.11.3',
        entrypoint: [],
        tree: new Map(),
      },
      store,
      store,
    );
    await mkdir(join(folder, 'images'));
    await writeFile(join(folder, 'images/coredns.tar'), await readFile(coredns.file));
    await writeFile(join(folder, 'images/coredns.tar.sha256'), coredns.sha256);
    const again = await resolve(folder, '1.31.4');
    expect(again.images.dns).toMatchObject({
      ref: 'registry.k8s.io/coredns/coredns:v1.11.3',
      sha256: coredns.sha256,
      version: 'v1.11.3',
    });
  });

  it('is used from the cache while it is away, and its loss is said', async () => {
    await copyOfUpstream();
    const { url, close } = await webServer(folder);
    const set = await resolve(url, '1.31.4');
    await close();
    const output: string[] = [];
    const again = await resolveArtifacts(
      { kubernetes: '1.31.4', source: 'mirror', mirror: url, arch: 'amd64' },
      optionsFor(cache, {
        progress: says => {
          output.push(says);
        },
      }),
    );
    expect(digests(again)).toEqual(digests(set));
    expect(output.join()).toContain('the mirror does not answer');
    await expect(resolve(url, '1.31.4', await scratch())).rejects.toBeInstanceOf(WorldFailed);
  });

  it.each([
    [
      'a manifest that is none',
      async () => {
        await mkdir(join(folder, 'kubewizard'));
        await writeFile(join(folder, 'kubewizard/v1.31.4-amd64.json'), '{"dns":"bind"}');
      },
      'is not a manifest of a mirror',
    ],
    [
      'an image that does not say its name',
      async () => {
        await mkdir(join(folder, 'images'));
        await writeFile(join(folder, 'images/pause.tar'), 'junk');
        await writeFile(
          join(folder, 'images/pause.tar.sha256'),
          '5c2b4c8f2ac4e58a9e7c3bf3d2f5fd54b1b2ac4a1cbb1d2f4f6c1ea7f0a4f2f1',
        );
      },
      'images/pause.tar',
    ],
    [
      'a file that changed',
      () => writeFile(join(folder, 'v1.31.4/bin/linux/amd64/kubelet'), 'other'),
      'nothing of it was kept',
    ],
    ['a folder that is not there', () => rm(folder, { recursive: true }), 'no published SHA-256'],
  ])('%s is refused', async (_name, spoil, output) => {
    await copyOfUpstream();
    await spoil();
    await expect(resolve(folder, '1.31.4')).rejects.toThrow(output);
    expect((await namesIn(join(cache, 'sets'))).filter(name => name.startsWith('mirror'))).toEqual([]);
  });
});

describe('auto', () => {
  const wanted = { kubernetes: '1.30.2', source: 'auto', arch: 'amd64' } as const;
  const nowhere = { kubernetes: 'http://127.0.0.1:9', github: 'http://127.0.0.1:9' };

  it('takes the mirror if one is named and answers, else the release', async () => {
    const site = await upstream('1.30.2');
    onTestFinished(() => site.close());
    const urls = { kubernetes: site.url, github: site.url };
    expect((await resolveArtifacts({ ...wanted, mirror: site.url }, optionsFor(cache, { urls: nowhere }))).source).toBe(
      'mirror',
    );
    expect((await resolveArtifacts({ ...wanted, mirror: folder }, optionsFor(await scratch(), { urls }))).source).toBe(
      'release',
    );
  });

  it('asks nobody when the cache has an answer', async () => {
    const site = await upstream('1.30.2');
    await resolveArtifacts(
      { ...wanted, source: 'release' },
      optionsFor(cache, { urls: { kubernetes: site.url, github: site.url } }),
    );
    await site.close();
    expect((await resolveArtifacts(wanted, optionsFor(cache, { urls: nowhere }))).source).toBe('release');
  });

  it('names every source and why not when none has it', async () => {
    const run = resolveArtifacts(
      { ...wanted, kubernetes: '1.29.3', mirror: folder },
      optionsFor(cache, { urls: nowhere }),
    );
    await expect(run).rejects.toThrow(
      /no source has Kubernetes 1\.29\.3.*\nmirror: .*\nrelease: .*9.*\ngo: source go builds Kubernetes 1\.30 and newer.*\ndebian: .*1\.20\.2 only/,
    );
    await expect(run).rejects.toBeInstanceOf(WorldFailed);
  });
});

it('every file of a set lies in the cache', async () => {
  const set = await debianLike(join(await scratch(), 'store'));
  await writeMirror(set, folder);
  for (const { file } of artifactsIn(await resolve(folder, '1.20.2')))
    expect(file.startsWith(join(cache, 'store'))).toBe(true);
});

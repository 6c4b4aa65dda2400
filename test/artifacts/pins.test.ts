/** Digests that are pinned, against files that were changed together with the sums beside them. */
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { resolveArtifacts, writeMirror } from '../../src/artifacts/index.js';
import { httpSite } from '../../src/artifacts/release/http.js';
import { filesOf } from '../../src/artifacts/release/parts.js';
import { defaultRetry } from '../../src/artifacts/release/retry.js';
import { containerdFor, knownHoles, pinnedDigest, releases, runcVersion } from '../../src/catalog/index.js';
import { wantedOf } from '../../src/cli/ports.js';
import { WorldFailed } from '../../src/model/event.js';
import { saysKnownHoles } from '../../src/preflight/known-holes.js';
import { debian, released } from '../golden/input.js';
import { readCluster } from '../../src/spec/index.js';
import { optionsFor, scratch } from './scratch.js';
import { closed, contentOf, listening, sha256, upstream } from './upstream.js';

const wanted = { kubernetes: '1.30.2', source: 'release', arch: 'amd64' } as const;
const kubelet = 'v1.30.2/bin/linux/amd64/kubelet';
const urlsOf = ({ url }: { readonly url: string }) => ({ urls: { kubernetes: url, github: url } });
const site = async () => {
  const made = await upstream('1.30.2');
  onTestFinished(() => made.close());
  return made;
};

describe('a digest that is pinned', () => {
  it('wins over what is published beside the file, and a mismatch names both', async () => {
    const upstreamSite = await site();
    const evil = Buffer.from('evil');
    upstreamSite.files.set(kubelet, evil).set(`${kubelet}.sha256`, Buffer.from(sha256(evil)));
    const pinned = sha256(contentOf('kubelet', '1.30.2'));
    const run = resolveArtifacts(
      wanted,
      optionsFor(await scratch(), {
        ...urlsOf(upstreamSite),
        pins: program => (program === 'kubelet' ? { sha256: pinned, by: 'the catalog of this kw' } : undefined),
      }),
    );
    await expect(run).rejects.toThrow(
      `has SHA-256 ${sha256(evil)}, the catalog of this kw says ${pinned}, and the site publishes ${sha256(evil)}`,
    );
  });

  it('needs no published sum', async () => {
    const upstreamSite = await site();
    upstreamSite.files.delete(`${kubelet}.sha256`);
    const pins = (program: string, version: string) =>
      program === 'kubelet' ? { sha256: sha256(contentOf(program, version)), by: 'the catalog' } : undefined;
    const set = await resolveArtifacts(wanted, optionsFor(await scratch(), { ...urlsOf(upstreamSite), pins }));
    expect(set.binaries.kubelet?.sha256).toBe(sha256(contentOf('kubelet', '1.30.2')));
  });

  it("is the catalog's unless a test says otherwise: files that are not upstream's are refused", async () => {
    const { pins: _pins, ...asShipped } = optionsFor(await scratch(), urlsOf(await site()));
    await expect(resolveArtifacts(wanted, asShipped)).rejects.toThrow('the catalog of this kw says');
  });
});

/** Of the versions that the catalog knows by name: these alone are compared with what the publisher puts beside them. */
const published = [
  ...['1.20.15', '1.21.14', '1.22.17', '1.23.17', '1.37.2'].map(version => `all of ${version}`),
  ...['1.34.11', '1.36.4'].flatMap(version =>
    ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'].map(name => `${name} ${version}`),
  ),
  'etcd 3.4.13',
  'etcd 3.7.0',
];

test('every version that is known by name is pinned, but for a list that only gets shorter', () => {
  const missing = releases.flatMap(({ latestPatchKnown: kubernetes }) => {
    const files = filesOf(kubernetes, 'amd64');
    const own = files.filter(({ version }) => version === kubernetes);
    const lacks = files.filter(({ program, version }) => !pinnedDigest(program, version));
    return own.every(one => lacks.includes(one))
      ? [`all of ${kubernetes}`, ...lacks.filter(one => !own.includes(one)).map(named)]
      : lacks.map(named);
  });
  expect([...new Set(missing)].sort()).toEqual([...published].sort());
  for (const { latestPatchKnown } of releases)
    for (const { program, version } of filesOf(latestPatchKnown, 'amd64'))
      expect(pinnedDigest(program, version) ?? '0'.repeat(64)).toMatch(/^[0-9a-f]{64}$/);
});
const named = ({ program, version }: { readonly program: string; readonly version: string }) => `${program} ${version}`;

describe('containerd and runc', () => {
  it('are by default versions without a known hole, and pinned', () => {
    for (const { latestPatchKnown } of releases)
      expect([latestPatchKnown, knownHoles('containerd', containerdFor(latestPatchKnown))]).toEqual([
        latestPatchKnown,
        [],
      ]);
    expect(knownHoles('runc', runcVersion)).toEqual([]);
  });

  it.each([
    ['containerd', '1.7.27', ['CVE-2026-53488', 'CVE-2024-25621', 'CVE-2025-64329']],
    ['containerd', '1.6.20', ['CVE-2024-25621', 'CVE-2025-64329', 'CVE-2024-40635']],
    ['containerd', '2.1.8', ['CVE-2026-53488', 'CVE-2026-53492', 'CVE-2026-50195']],
    ['containerd', '2.4.2', []],
    ['runc', '1.1.5', ['CVE-2026-41579', 'CVE-2025-31133', 'CVE-2025-52565', 'CVE-2025-52881', 'CVE-2024-21626']],
    ['runc', '1.4.0', ['CVE-2026-41579']],
    ['runc', '1.5.3', []],
    ['runc', 'not a version', []],
  ] as const)('%s %s has these holes', (program, version, cves) => {
    expect(knownHoles(program, version).map(({ cve }) => cve)).toEqual(cves);
  });

  it('of the cluster file are what is fetched, and other sources refuse them by name', async () => {
    const runtime = { containerd: '1.7.33', runc: '1.3.5' };
    const upstreamSite = await upstream('1.30.2', runtime);
    onTestFinished(() => upstreamSite.close());
    const cache = await scratch();
    const read = readCluster(
      'name: demo\nkubernetes: 1.30.2\nhosts: [10.0.0.1]\nruntime: {version: 1.7.33, runc: 1.3.5}',
      'cluster.yaml',
    );
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    const ofFile = wantedOf(read.value);
    expect(ofFile.runtime).toEqual(runtime);
    const set = await resolveArtifacts(ofFile, optionsFor(cache, urlsOf(upstreamSite)));
    expect([set.binaries.containerd?.version, set.binaries.runc?.version]).toEqual(['1.7.33', '1.3.5']);
    // What the cache has of another runtime is no answer.
    const other = resolveArtifacts(
      { ...ofFile, source: 'release', runtime: {} },
      optionsFor(cache, urlsOf(upstreamSite)),
    );
    await expect(other).rejects.toThrow(`containerd-${containerdFor('1.30.2')}`);
    for (const [source, kubernetes] of [
      ['go', '1.30.4'],
      ['debian', '1.20.2'],
    ] as const)
      await expect(resolveArtifacts({ ...ofFile, source, kubernetes }, optionsFor(cache))).rejects.toThrow(
        `source ${source} takes runc from the hosts' packages`,
      );
  });
});

test('kw plan names the holes of what would be installed, and of nothing that the hosts bring themselves', () => {
  const read = readCluster('name: demo\nkubernetes: 1.30.2\nhosts: [10.0.0.1, 10.0.0.2, 10.0.0.3]', 'cluster.yaml');
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const { value: spec } = read;
  const old = saysKnownHoles(spec, released('1.30.2', '1.7.27', '1.3.5'));
  expect(new Set(old.map(({ host }) => host)).size).toBe(3);
  expect(old.map(({ severity }) => severity)).not.toContain('error');
  expect(old.find(({ says }) => says.startsWith('containerd'))).toMatchObject({
    says: expect.stringContaining('CVE-2026-53488'),
    help: expect.stringContaining(`runtime.version: ${containerdFor('1.30.2')}`),
  });
  expect(saysKnownHoles(spec, released('1.30.2', containerdFor('1.30.2'), runcVersion))).toEqual([]);
  expect(saysKnownHoles(spec, debian)).toEqual([]);
});

describe('a mirror over plain http', () => {
  const mirrored = async () => {
    const folder = await scratch();
    const set = await resolveArtifacts(wanted, optionsFor(await scratch(), urlsOf(await site())));
    return { folder, set, written: await writeMirror(set, folder) };
  };
  const resolve = async (mirror: string, mirrorDigest?: string) =>
    resolveArtifacts(
      { ...wanted, source: 'mirror', mirror, ...(mirrorDigest ? { mirrorDigest } : {}) },
      optionsFor(await scratch()),
    );

  it.each([
    'http://mirror.example',
    'HTTP://10.0.0.9:8080/kw',
    'http://127.0.0.1.example',
    'http://localhost@evil.example',
  ])('%s is refused without a fingerprint, with what to do', async mirror => {
    await expect(resolve(mirror)).rejects.toMatchObject({
      failure: { class: 'unproven', help: expect.stringContaining('artifacts.mirrorDigest') },
    });
  });

  it('gives what its manifest names, where the manifest has the fingerprint that was given', async () => {
    const { folder, set, written } = await mirrored();
    const found = await resolve(folder, written.digest);
    expect(found.binaries.etcd?.sha256).toBe(set.binaries.etcd?.sha256);
    await expect(resolve(folder, `sha256:${'0'.repeat(64)}`)).rejects.toThrow(written.digest);
  });

  it('gives nothing that was changed with its sum, and nothing that its manifest does not name', async () => {
    const { writeFile, readFile } = await import('node:fs/promises');
    const { folder, written } = await mirrored();
    await writeFile(`${folder}/${kubelet}`, 'evil');
    await writeFile(`${folder}/${kubelet}.sha256`, sha256(Buffer.from('evil')));
    await expect(resolve(folder, written.digest)).rejects.toThrow('the manifest of the mirror says');
    const path = `${folder}/kubewizard/v1.30.2-amd64.json`;
    const manifest = JSON.parse(await readFile(path, 'utf8'));
    for (const change of [{ files: undefined }, { files: {} }]) {
      const text = JSON.stringify({ ...manifest, ...change });
      await writeFile(path, text);
      await expect(resolve(folder, `sha256:${sha256(Buffer.from(text))}`)).rejects.toBeInstanceOf(WorldFailed);
    }
  });
});

it('https never goes on without it, at no step of the way', async () => {
  const { fetch } = globalThis;
  onTestFinished(() => {
    globalThis.fetch = fetch;
  });
  const asked: string[] = [];
  globalThis.fetch = async input => {
    asked.push(String(input));
    const next = asked.length === 1 ? 'https://store.example/x' : 'http://store.example/x';
    return new Response(null, { status: 302, headers: { location: next } });
  };
  const site = httpSite('https://dl.example', { retry: { ...defaultRetry, attempts: 1 } });
  await expect(site.text('x')).rejects.toThrow('sends to http://store.example, which is not https');
  expect(asked).toEqual(['https://dl.example/x', 'https://store.example/x']);
});

it('a site that sends elsewhere is followed, and not for ever', async () => {
  const server = createServer((request, response) => {
    const to = request.url === '/a' ? '/b' : request.url === '/b' ? undefined : '/round';
    if (to) response.writeHead(302, { location: to }).end();
    else response.end('here');
  });
  const base = `http://127.0.0.1:${await listening(server)}`;
  onTestFinished(() => closed(server));
  const at = httpSite(base, { retry: { ...defaultRetry, attempts: 1 } });
  expect(await at.text('a')).toBe('here');
  await expect(at.text('round')).rejects.toThrow('sends on more than 10 times');
});

import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { resolveArtifacts } from '../../src/artifacts/index.js';
import { download } from '../../src/artifacts/release/download.js';
import { httpSite } from '../../src/artifacts/release/http.js';
import { artifactsIn } from '../../src/artifacts/store/record.js';
import { WorldFailed } from '../../src/model/event.js';
import { namesIn, optionsFor, scratch } from './scratch.js';
import { answer, contentOf, sha256, type Upstream, upstream } from './upstream.js';

const wanted = { kubernetes: '1.30.2', source: 'release', arch: 'amd64' } as const;
const kubelet = 'v1.30.2/bin/linux/amd64/kubelet';

let site: Upstream;
let cache: string;
const resolve = (more = {}) =>
  resolveArtifacts(wanted, optionsFor(cache, { urls: { kubernetes: site.url, github: site.url }, ...more }));
const failure = async (run: Promise<unknown>) => {
  const error = await run.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(WorldFailed);
  return (error as WorldFailed).failure;
};

/** The tarball of one project under the name of another, with a right sum. */
function serveInstead(name: string, other: string): void {
  const tarballOf = (project: string) =>
    [...site.files.keys()].find(path => path.includes(project) && /gz$/.test(path)) ?? '';
  const body = site.files.get(tarballOf(other)) ?? Buffer.alloc(0);
  site.files
    .set(tarballOf(name), body)
    .set(`${tarballOf(name)}.sha256`, Buffer.from(createHash('sha256').update(body).digest('hex')));
}

beforeEach(async () => {
  site = await upstream('1.30.2');
  onTestFinished(() => site.close());
  cache = await scratch();
});

describe('a release site that answers', () => {
  it('gives every binary and plugin, unpacked and verified', async () => {
    const set = await resolve();
    expect(Object.keys(set.binaries).sort()).toEqual([
      'containerd',
      'containerd-shim-runc-v2',
      'crictl',
      'ctr',
      'etcd',
      'etcdctl',
      'etcdutl',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-proxy',
      'kube-scheduler',
      'kubectl',
      'kubelet',
      'runc',
    ]);
    expect(Object.keys(set.cniPlugins).sort()).toEqual(['bridge', 'host-local', 'loopback', 'portmap']);
    expect(set.binaries.etcdctl?.version).toBe('3.5.15');
    expect(await readFile(set.binaries.etcdctl?.file ?? '')).toEqual(contentOf('etcdctl', '3.5.15'));
    for (const { file, sha256, size } of artifactsIn(set)) {
      const content = await readFile(file);
      expect([createHash('sha256').update(content).digest('hex'), content.length]).toEqual([sha256, size]);
    }
  });

  it('is not asked again once the cache is whole, and only for what the cache lost', async () => {
    const first = await resolve();
    site.requests.length = 0;
    expect(await resolve()).toEqual(first);
    expect(site.requests).toEqual([]);
    await rm(first.binaries.kubelet?.file ?? '');
    expect(await resolve()).toEqual(first);
    expect(site.requests.filter(path => !/sha256|SHA256/.test(path))).toEqual([kubelet]);
  });

  it('resumes what an earlier run left, by Range', async () => {
    const body = contentOf('kubelet', '1.30.2');
    let cut = true;
    site.tricks.set(kubelet, (_request, response) => {
      if (!cut) return false;
      cut = false;
      response.writeHead(200, { 'content-length': body.length });
      response.write(body.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 30));
      return true;
    });
    const set = await resolve();
    expect(await readFile(set.binaries.kubelet?.file ?? '')).toEqual(body);
    expect(site.requests.filter(path => path.startsWith(`${kubelet} `))).toEqual([`${kubelet} bytes=100000-`]);
  });

  it('starts again where the server cannot resume', async () => {
    const body = contentOf('kubelet', '1.30.2');
    let cut = true;
    site.tricks.set(kubelet, (_request, response) => {
      response.writeHead(200, { 'content-length': body.length });
      if (cut) response.write(body.subarray(0, 1000), () => setTimeout(() => response.destroy(), 30));
      else response.end(body);
      cut = false;
      return true;
    });
    expect(await readFile((await resolve()).binaries.kubelet?.file ?? '')).toEqual(body);
  });

  it('survives an overloaded server and pieces of two different files', async () => {
    let busy = 2;
    site.tricks.set(`${kubelet}.sha256`, (_request, response) => busy-- > 0 && Boolean(response.writeHead(503).end()));
    const body = contentOf('kubelet', '1.30.2');
    let first = true;
    site.tricks.set(kubelet, (_request, response) => {
      if (!first) return false;
      first = false;
      response.writeHead(200, { 'content-length': body.length });
      response.write(Buffer.alloc(1000, 'x'), () => setTimeout(() => response.destroy(), 30));
      return true;
    });
    expect(await readFile((await resolve()).binaries.kubelet?.file ?? '')).toEqual(body);
  });
});

describe('a release site that fails says what failed, and nothing is half-installed', () => {
  const kept = async () => (await namesIn(join(cache, 'sets'))).filter(name => name.startsWith('release'));

  it.each([
    ['missing sum', () => site.files.delete(`${kubelet}.sha256`), 'unproven', 'no published SHA-256 for kubelet'],
    [
      'sums that do not name the file',
      () => site.files.set(`${kubelet}.sha256`, Buffer.from('<html>login</html>')),
      'unproven',
      'holds no SHA-256 of kubelet',
    ],
    ['wrong sum', () => site.files.set(kubelet, Buffer.from('tampered')), 'unproven', 'nothing of it was kept'],
    ['404', () => site.files.delete(kubelet), 'refused', `${kubelet}: not there`],
    [
      '403',
      () => site.tricks.set(kubelet, (_, response) => Boolean(response.writeHead(403).end())),
      'auth',
      'answers 403',
    ],
    [
      '500',
      () => site.tricks.set(kubelet, (_, response) => Boolean(response.writeHead(500).end())),
      'unreachable',
      'answers 500',
    ],
    [
      'cut off each time',
      () =>
        site.tricks.set(kubelet, (_, response, body) =>
          Boolean(
            response
              .writeHead(200, { 'content-length': body.length })
              .write(body.subarray(0, 10), () => response.destroy()),
          ),
        ),
      'unreachable',
      kubelet,
    ],
    [
      'stalled',
      () =>
        site.tricks.set(kubelet, (_, response, body) => {
          response.writeHead(200, { 'content-length': body.length }).write(body.subarray(0, 10));
          return true;
        }),
      'timeout',
      'nothing has come for 0.3 s',
    ],
    ['silent from the start', () => site.tricks.set(`${kubelet}.sha256`, () => true), 'timeout', 'nothing has come'],
    ['a tarball without the binary', () => serveInstead('crictl', 'cni-plugins'), 'refused', 'does not hold crictl'],
  ] as const)('%s', async (_name, spoil, kind, output) => {
    spoil();
    const found = await failure(resolve());
    expect(found.class).toBe(kind);
    expect(found.message).toContain(output);
    expect(found.help).toBeTruthy();
    expect(await kept()).toEqual([]);
    const bodies = await Promise.all(
      (await namesIn(join(cache, 'store')))
        .filter(name => !name.startsWith('.'))
        .map(async name => [
          name,
          createHash('sha256')
            .update(await readFile(join(cache, 'store', name)))
            .digest('hex'),
        ]),
    );
    for (const [name, digest] of bodies) expect(digest).toBe(name);
  });

  it('a disk that is full ends it at once', async () => {
    const full = httpSite(site.url, { retry: { attempts: 1, firstDelay: 0, stall: 5000 } }).save(
      kubelet,
      '/dev/full',
      () => {},
    );
    await expect(full).rejects.toThrow('ENOSPC');
  });

  it('two files of one content are fetched after each other', async () => {
    let open = 0;
    const paths = ['a', 'b', 'c'].map(name => ({ path: name, sums: `${name}.sha256` }));
    const body = contentOf('twin', '1');
    for (const { path, sums } of paths) {
      site.files.set(path, body).set(sums, Buffer.from(sha256(body)));
      site.tricks.set(path, (_request, response) => {
        open += 1;
        expect(open).toBe(1);
        setTimeout(() => {
          open -= 1;
          response.end(body);
        }, 30);
        return true;
      });
    }
    const sites = httpSite(site.url, { retry: { attempts: 1, firstDelay: 0, stall: 5000 } });
    const got = await Promise.all(paths.map(file => download(sites, file, join(cache, 'store'), () => {})));
    expect(new Set(got.map(one => one.sha256))).toEqual(new Set([sha256(body)]));
    expect(site.requests.filter(path => !path.includes('sha256'))).toEqual(['a']);
  });

  it('connection refused', async () => {
    await site.close();
    expect(await failure(resolve())).toMatchObject({
      class: 'unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('a version that the catalog lacks is refused without asking anyone', async () => {
    expect(
      await failure(
        resolveArtifacts(
          { ...wanted, kubernetes: '1.99.0' },
          optionsFor(cache, { urls: { kubernetes: site.url, github: site.url } }),
        ),
      ),
    ).toMatchObject({ class: 'refused' });
    expect(site.requests).toEqual([]);
  });

  it('stops at once when the user interrupts', async () => {
    site.tricks.set(kubelet, () => true);
    const stop = new AbortController();
    const run = resolve({ signal: stop.signal, retry: { attempts: 1, firstDelay: 0, stall: 60_000 } });
    setTimeout(() => stop.abort(), 50);
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('ends whenever the interrupt comes while a file arrives', async () => {
    const body = Buffer.alloc(1_000_000, 'x');
    site.files.set('long', body);
    site.tricks.set('long', (_request, response) => {
      response.writeHead(200, { 'content-length': body.length });
      const send = (at: number): void => {
        if (at >= body.length) return void response.end();
        response.write(body.subarray(at, at + 100_000));
        setImmediate(send, at + 100_000);
      };
      send(0);
      return true;
    });
    for (let moment = 0; moment < 400; moment++) {
      const stop = new AbortController();
      let arrived = 0;
      const long = httpSite(site.url, { retry: { attempts: 1, firstDelay: 0, stall: 60_000 }, signal: stop.signal });
      const saved = long.save('long', join(cache, `${moment}`), () => {
        if (arrived++ === moment % 10) setTimeout(() => stop.abort(), (moment / 10) % 3);
      });
      expect(await saved.catch((error: Error) => error.name)).toMatch(/^(AbortError|whole)$/);
    }
  });

  it('two at once on one cache both get a whole set', async () => {
    site.tricks.set(kubelet, (request, response, body) => {
      setTimeout(() => answer(request, response, body), 50);
      return true;
    });
    const [one, two] = await Promise.all([resolve(), resolve()]);
    expect(one).toEqual(two);
    expect(site.requests.filter(path => path === kubelet)).toHaveLength(1);
  });
});

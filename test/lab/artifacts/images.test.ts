/** The images that kw makes, run for real in a chroot; needs root and Debian 12. */
import { spawn, type ChildProcess } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultCache, resolveArtifacts } from '../../../src/artifacts/index.js';
import type { ArtifactSet } from '../../../src/model/artifact.js';
import { endpoints, fakeApi, type FakeApi, service } from './fake-api.js';
import { inside, rootfs, type Rootfs } from './rootfs.js';

let set: ArtifactSet;
beforeAll(async () => {
  set = await resolveArtifacts(
    { kubernetes: '1.20.2', source: 'debian', arch: 'amd64' },
    {
      cache: defaultCache(process.env),
      progress: says => {
        console.log(says);
      },
    },
  );
}, 1_200_000);

describe('the probe image', () => {
  let root: Rootfs;
  beforeAll(() => {
    root = rootfs(set.images.probe?.file ?? '');
  });
  afterAll(() => root.remove());

  it('has a shell and the small servers', () => {
    expect(inside(root, '/bin/sh', '-c', 'echo $((6 * 7)); sleep 0; echo x | wc -c')).toBe('42\n2\n');
    expect(inside(root, '/bin/sh', '-c', 'httpd --help 2>&1; nc --help 2>&1')).toMatch(/httpd[\s\S]*nc/);
  });

  it('has a curl that speaks TLS and resolves names', async () => {
    expect(inside(root, '/usr/bin/curl', '--version')).toContain('https');
    writeFileSync(join(root.folder, 'etc/hosts'), '127.0.0.1 named-here\n');
    const server = createServer((_, response) => response.end('hello'));
    await new Promise<void>(resolve => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const message = await output('chroot', [root.folder, '/usr/bin/curl', '-s', `http://named-here:${port}/`]);
    server.close();
    expect(message).toBe('hello');
  });
});

describe('the dns image', () => {
  const port = 15353;
  const resolver = new Resolver({ timeout: 1000, tries: 2 });
  resolver.setServers([`127.0.0.1:${port}`]);
  const svc = (name: string) => `${name}.svc.cluster.test`;
  let root: Rootfs;
  let api: FakeApi;
  let feed: ChildProcess;

  beforeAll(async () => {
    root = rootfs(set.images.dns?.file ?? '');
    api = await fakeApi();
    mkdirSync(join(root.folder, 'credentials'));
    writeFileSync(join(root.folder, 'credentials/token'), api.token);
    writeFileSync(join(root.folder, 'credentials/ca.crt'), api.caPem);
    writeFileSync(join(root.folder, 'etc/resolv.conf'), 'nameserver 127.0.0.53\n');
    api.set('services', [
      service('kubernetes', 'default', {
        clusterIP: '10.96.0.1',
        ports: [{ name: 'https', port: 443, protocol: 'TCP' }],
      }),
      service('web', 'shop', { clusterIP: 'None', clusterIPs: ['None'], ports: [{ name: 'http', port: 80 }] }),
      service('six', 'shop', { clusterIP: '10.96.0.6', clusterIPs: ['10.96.0.6', 'fd00::6'], ports: [{ port: 1 }] }),
      service('alias', 'shop', { type: 'ExternalName', externalName: 'kubernetes.default.svc.cluster.test' }),
      service('away', 'shop', { type: 'ExternalName', externalName: 'example.org' }),
    ]);
    api.set('endpoints', [
      endpoints('kubernetes', 'default', [{ ip: '10.0.0.1' }], [{ name: 'https', port: 6443 }]),
      endpoints(
        'web',
        'shop',
        [{ ip: '10.244.1.5', hostname: 'web-0' }, { ip: '10.244.2.7' }],
        [{ name: 'http', port: 8080, protocol: 'TCP' }],
      ),
    ]);
    feed = spawn('chroot', [root.folder, '/dns-feed'], {
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        DOMAIN: 'cluster.test',
        PORT: String(port),
        API: api.url,
        CREDENTIALS: '/credentials',
      },
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    });
  }, 300_000);

  afterAll(async () => {
    if (feed.pid && feed.exitCode === null) process.kill(-feed.pid, 'SIGTERM');
    await api.close();
    root.remove();
  });

  it('answers once the first list is there', async () => {
    await expect
      .poll(() => resolver.resolve4(svc('kubernetes.default')).catch(() => []), { timeout: 10_000 })
      .toEqual(['10.96.0.1']);
  });

  it('answers services, headless services and pods with names', async () => {
    expect((await resolver.resolve4(svc('web.shop'))).sort()).toEqual(['10.244.1.5', '10.244.2.7']);
    expect(await resolver.resolve4(svc('web-0.web.shop'))).toEqual(['10.244.1.5']);
    expect(await resolver.resolve4(svc('10-244-2-7.web.shop'))).toEqual(['10.244.2.7']);
    expect(await resolver.resolve6(svc('six.shop'))).toEqual(['fd00::6']);
    expect(await resolver.resolve4(svc('alias.shop'))).toEqual(['10.96.0.1']);
  });

  it('answers SRV of named ports and PTR', async () => {
    expect(await resolver.resolveSrv(`_https._tcp.${svc('kubernetes.default')}`)).toEqual([
      { name: svc('kubernetes.default'), port: 443, priority: 0, weight: 100 },
    ]);
    const pods = await resolver.resolveSrv(`_http._tcp.${svc('web.shop')}`);
    expect(pods.map(({ name, port: at }) => `${name}:${at}`).sort()).toEqual([
      `${svc('10-244-2-7.web.shop')}:8080`,
      `${svc('web-0.web.shop')}:8080`,
    ]);
    expect(await resolver.reverse('10.96.0.1')).toEqual([svc('kubernetes.default')]);
    expect(await resolver.reverse('10.244.1.5')).toContain(svc('web-0.web.shop'));
    expect(await resolver.resolveTxt('dns-version.cluster.test')).toEqual([['1.1.0']]);
  });

  it('says NXDOMAIN for what the cluster has not, no data for the other family, and never guesses outside', async () => {
    await expect(resolver.resolve4(svc('nobody.shop'))).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolver.resolve4(`${svc('kubernetes.default')}.shop.svc.cluster.test`)).rejects.toMatchObject({
      code: 'ENOTFOUND',
    });
    await expect(resolver.resolve6(svc('kubernetes.default'))).rejects.toMatchObject({ code: 'ENODATA' });
    await expect(resolver.resolve4('example.org')).rejects.toMatchObject({ code: 'EREFUSED' });
  });

  it('follows changes within seconds, ports too', async () => {
    api.set('services', [
      service('kubernetes', 'default', { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443 }] }),
      service('new', 'shop', { clusterIP: '10.96.0.9', ports: [{ name: 'q', port: 9, protocol: 'UDP' }] }),
    ]);
    await expect
      .poll(() => resolver.resolve4(svc('new.shop')).catch(() => []), { timeout: 60_000, interval: 50 })
      .toEqual(['10.96.0.9']);
    await expect
      .poll(
        () =>
          resolver.resolveSrv(`_q._udp.${svc('new.shop')}`).then(
            found => found.length,
            () => 0,
          ),
        { timeout: 60_000, interval: 50 },
      )
      .toBe(1);
    await expect(resolver.resolve4(svc('web.shop'))).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('asks once for a swarm of changes', async () => {
    const before = api.lists.length;
    for (let change = 0; change < 50; change++)
      api.set('endpoints', [endpoints('new', 'shop', [{ ip: `10.244.3.${change}` }])]);
    await new Promise(resolve => setTimeout(resolve, 2000));
    expect(api.lists.length - before).toBeLessThanOrEqual(8);
    expect(api.lists.length).toBeGreaterThan(before);
  });

  it('goes on serving while the API is ill, and catches up after', async () => {
    api.ill(true);
    await new Promise(resolve => setTimeout(resolve, 1500));
    expect(await resolver.resolve4(svc('kubernetes.default'))).toEqual(['10.96.0.1']);
    api.set('services', [service('late', 'shop', { clusterIP: '10.96.0.77' })]);
    api.ill(false);
    await expect
      .poll(() => resolver.resolve4(svc('late.shop')).catch(() => []), { timeout: 10_000 })
      .toEqual(['10.96.0.77']);
  });

  it('ends when dnsmasq is gone, so that kubelet starts it again', async () => {
    const ended = new Promise(resolve => feed.once('exit', resolve));
    const served = (await output('ps', ['-o', 'pid=', '--ppid', String(feed.pid)]))
      .split('\n')
      .map(Number)
      .filter(Boolean);
    const names = await Promise.all(
      served.map(async pid => [pid, (await output('ps', ['-o', 'comm=', '-p', String(pid)])).trim()] as const),
    );
    const dnsmasq = names.find(([, name]) => name === 'dnsmasq')?.[0] ?? 0;
    expect(dnsmasq).toBeGreaterThan(0);
    process.kill(dnsmasq);
    expect(await ended).toBe(1);
  }, 90_000);
});

function output(program: string, argv: readonly string[]): Promise<string> {
  const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  let message = '';
  child.stdout.on('data', chunk => {
    message += chunk;
  });
  return new Promise(resolve => child.once('close', () => resolve(message)));
}

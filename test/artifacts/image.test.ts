import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeImage } from '../../src/artifacts/image/archive.js';
import { withLibraries } from '../../src/artifacts/image/closure.js';
import { dnsFeed } from '../../src/artifacts/image/dns-feed.js';
import { linkage } from '../../src/artifacts/image/elf.js';
import type { Node } from '../../src/artifacts/image/tree.js';
import { refOf } from '../../src/artifacts/mirror/image-ref.js';
import { scratch } from './scratch.js';

let folder: string;
beforeEach(async () => {
  folder = await scratch();
});

describe('an image archive', () => {
  const tree = (order: 1 | -1) =>
    new Map<string, Node>(
      (
        [
          ['usr/bin/tool', { is: 'text', text: '#!/bin/sh\n', mode: 0o755 }],
          ['bin', { is: 'link', to: 'usr/bin' }],
          ['tmp', { is: 'folder', mode: 0o1777 }],
          ['etc/a', { is: 'text', text: 'a', mode: 0o644 }],
        ] as [string, Node][]
      ).sort(([a], [b]) => (a < b ? -order : order)),
    );
  const image = (order: 1 | -1) =>
    makeImage(
      {
        name: 'x',
        version: '1',
        ref: () => 'docker.io/kubewizard/x:1',
        entrypoint: ['/usr/bin/tool'],
        tree: tree(order),
      },
      folder,
      folder,
    );

  it('is the same bytes whenever and in whatever order it was written', async () => {
    expect((await image(1)).sha256).toBe((await image(-1)).sha256);
  });

  it('names its image, and every blob is what its name says', async () => {
    const { file, ref } = await image(1);
    expect(await refOf(file)).toBe(ref);
    const out = join(folder, 'out');
    await mkdir(out);
    execFileSync('tar', ['-xf', file, '-C', out]);
    const index = JSON.parse(await readFile(join(out, 'index.json'), 'utf8')) as {
      manifests: [{ digest: string; size: number }];
    };
    const blob = async (digest: string) => {
      const body = await readFile(join(out, 'blobs', digest.replace(':', '/')));
      expect(`sha256:${createHash('sha256').update(body).digest('hex')}`).toBe(digest);
      return body;
    };
    const manifest = JSON.parse(String(await blob(index.manifests[0].digest))) as {
      config: { digest: string };
      layers: [{ digest: string; size: number }];
    };
    const config = JSON.parse(String(await blob(manifest.config.digest))) as { rootfs: { diff_ids: string[] } };
    expect(config.rootfs.diff_ids).toEqual([manifest.layers[0].digest]);
    const layer = await blob(manifest.layers[0].digest);
    expect(layer.length).toBe(manifest.layers[0].size);
    await writeFile(join(folder, 'layer.tar'), layer);
    expect(
      execFileSync('tar', ['-tvf', join(folder, 'layer.tar'), '--numeric-owner', '--utc'], { encoding: 'utf8' })
        .split('\n')
        .map(line => line.replace(/ +/g, ' ')),
    ).toEqual([
      'lrwxrwxrwx 0/0 0 1970-01-01 00:00 bin -> usr/bin',
      'drwxr-xr-x 0/0 0 1970-01-01 00:00 etc/',
      '-rw-r--r-- 0/0 1 1970-01-01 00:00 etc/a',
      'drwxrwxrwt 0/0 0 1970-01-01 00:00 tmp/',
      'drwxr-xr-x 0/0 0 1970-01-01 00:00 usr/',
      'drwxr-xr-x 0/0 0 1970-01-01 00:00 usr/bin/',
      '-rwxr-xr-x 0/0 10 1970-01-01 00:00 usr/bin/tool',
      '',
    ]);
  });
});

describe('programs and their libraries', () => {
  it('are read from ELF headers as the dynamic loader reads them', async () => {
    const found = linkage(await readFile(process.execPath));
    const byLoader = execFileSync('ldd', [process.execPath], { encoding: 'utf8' });
    expect(found?.needed.length).toBeGreaterThan(2);
    for (const name of found?.needed ?? []) expect(byLoader).toContain(name);
    expect(byLoader).toContain(found?.interpreter);
    expect(linkage(Buffer.from('#!/bin/sh\n'.repeat(10)))).toBeUndefined();
    expect(linkage(Buffer.alloc(0))).toBeUndefined();
  });

  it('follow symlinks inside the unpacked packages, never to files of this machine', async () => {
    await mkdir(join(folder, 'usr/bin'), { recursive: true });
    await mkdir(join(folder, 'real'));
    await writeFile(join(folder, 'real/tool'), 'script');
    await symlink('/real/tool', join(folder, 'usr/bin/tool'));
    await symlink('/etc/passwd', join(folder, 'usr/bin/evil'));
    await symlink('loop', join(folder, 'usr/bin/loop'));
    expect((await withLibraries(folder, ['usr/bin/tool'])).get('usr/bin/tool')).toEqual({
      is: 'file',
      from: join(folder, 'real/tool'),
      mode: 0o755,
    });
    await expect(withLibraries(folder, ['usr/bin/evil'])).rejects.toThrow('none of the unpacked packages has');
    await expect(withLibraries(folder, ['usr/bin/loop'])).rejects.toThrow('none of the unpacked packages has');
    await expect(withLibraries(folder, ['usr/bin/none'])).rejects.toThrow('the image needs /usr/bin/none');
  });
});

it('the feed is a script that a POSIX shell parses', async () => {
  await writeFile(join(folder, 'feed'), dnsFeed);
  expect(execFileSync('sh', ['-n', join(folder, 'feed')], { encoding: 'utf8' })).toBe('');
});

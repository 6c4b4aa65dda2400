/** The one layer of an image archive as a folder to chroot into, with the devices that a container has. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Rootfs {
  readonly folder: string;
  remove(): void;
}

export function rootfs(archive: string): Rootfs {
  const folder = mkdtempSync(join(tmpdir(), 'kw-rootfs-'));
  const image = join(folder, '.image');
  const root = join(folder, 'root');
  mkdirSync(image);
  mkdirSync(root);
  execFileSync('tar', ['-xf', archive, '-C', image]);
  const [manifest] = JSON.parse(readFileSync(join(image, 'manifest.json'), 'utf8')) as [{ Layers: [string] }];
  execFileSync('tar', ['-xpf', join(image, manifest.Layers[0]), '-C', root]);
  mkdirSync(join(root, 'dev'));
  execFileSync('mknod', ['-m', '666', join(root, 'dev/null'), 'c', '1', '3']);
  execFileSync('mknod', ['-m', '666', join(root, 'dev/urandom'), 'c', '1', '9']);
  return { folder: root, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export const inside = (root: Rootfs, ...argv: string[]): string =>
  execFileSync('chroot', [root.folder, ...argv], {
    encoding: 'utf8',
    timeout: 20_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

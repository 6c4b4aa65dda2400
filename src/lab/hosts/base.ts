/** The one root file system under all lab hosts: Debian by debootstrap, made once per recipe into the user's cache. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { WorldFailed } from '../../model/event.js';
import { locked } from '../lock.js';
import { customise, hostPackages, recipeDigest } from './recipe.js';
import { run, sh } from '../run.js';
import type { LabWorld } from '../world.js';

export const basePath = (world: LabWorld): string => join(world.cache, 'lab', `base-${recipeDigest()}`);

/** Makes the base image unless it is there; takes under two minutes. @returns its path. */
export const makeBase = async (world: LabWorld): Promise<string> => {
  const base = basePath(world);
  if (existsSync(base)) return base;
  await mkdir(join(world.cache, 'lab'), { recursive: true });
  return locked(basename(base), world, async () => {
    if (!existsSync(base)) await bootstrap(base, world);
    return base;
  });
};

const bootstrap = async (base: string, world: LabWorld): Promise<void> => {
  const mirror = await debianMirror();
  const part = `${base}.part`;
  await rm(part, { recursive: true, force: true });
  world.progress(
    `making the base image of the lab: Debian ${mirror.codename}, ${hostPackages.length} packages; once, about ` +
      'two minutes',
  );
  await run(
    ['debootstrap', '--variant=minbase', `--include=${hostPackages.join(',')}`, mirror.codename, part, mirror.uri],
    {
      signal: world.signal,
      line: bootstrapProgress(world),
      help: 'look whether the Debian mirror of this machine answers: apt-get update',
    },
  );
  world.progress('finishing the base image');
  await run(['chroot', part, '/bin/sh', '-s'], { stdin: customise, signal: world.signal });
  await rename(part, base);
};

/** debootstrap says one line a package; one in twenty is enough for people. */
const bootstrapProgress = (world: LabWorld) => {
  let lines = 0;
  return (line: string): void => {
    lines += 1;
    if (lines % 20 === 0 || (/^I: (Installing|Configuring|Base)/.test(line) && lines % 5 === 0))
      world.progress(line.replace(/^I: /, ''));
  };
};

/** The mirror that this machine's own apt uses. */
export const debianMirror = async (): Promise<{ readonly uri: string; readonly codename: string }> => {
  const codename = (await sh('. /etc/os-release && echo "$ID $VERSION_CODENAME"')).trim();
  const [id, release = ''] = codename.split(' ');
  const targets =
    id === 'debian'
      ? await run([
          'apt-get',
          'indextargets',
          '--format',
          '$(CODENAME) $(COMPONENT) $(REPO_URI)',
          'Created-By: Packages',
        ])
      : '';
  const row = targets
    .split('\n')
    .map(line => line.split(' '))
    .find(([name, component]) => name === release && component === 'main');
  if (!row?.[2]) {
    throw new WorldFailed({
      class: 'refused',
      message: `the lab is made from this machine's Debian, and apt names no mirror for ${codename}`,
      help: 'run the lab on Debian with a deb line for its main component',
    });
  }
  return { uri: row[2], codename: release };
};

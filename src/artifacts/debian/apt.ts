/**
 * apt-get with lists, cache and archives of our own: nothing of the machine's apt changes, and no root is needed.
 * The site is derived from the machine's own sources, so that a company's Debian mirror is used where one is
 * configured.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Command, run } from '../command.js';
import { failed } from '../failure.js';

export interface Apt {
  readonly folder: string;
  readonly options: readonly string[];
  /** What all commands of this work share. */
  readonly common: Pick<Command, 'log' | 'signal' | 'holds'>;
}

const codename = 'bookworm';
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const help = 'Check that this machine reaches its Debian mirror (apt-get update), then run the command again.';

/** Makes the private configuration; its lists come with the first use. */
export async function openApt(folder: string, log: string, signal?: AbortSignal, holds?: string): Promise<Apt> {
  const sources = await debianSources();
  for (const part of ['lists/partial', 'archives/partial', 'cache'])
    await mkdir(join(folder, part), { recursive: true });
  await writeFile(join(folder, 'sources.list'), `${sources.join('\n')}\n`);
  // An empty list of installed packages: a download then brings the whole closure, libc included.
  await writeFile(join(folder, 'status'), '');
  return {
    folder,
    options: optionsFor(folder),
    common: { log, ...(signal ? { signal } : {}), ...(holds ? { holds } : {}) },
  };
}

/** Brings the lists up to date. */
export const refresh = (apt: Apt): Promise<void> => aptGet(apt, 'read the package lists', ['update']);

/** Throws where this machine is not a Debian 12. */
export async function debianSources(): Promise<readonly string[]> {
  const sources = sourceLines(await indexTargets());
  if (sources.length === 0)
    throw failed(
      'refused',
      `source debian needs Debian 12 (${codename}) on this machine, and apt here has no ${codename} source`,
      'Use artifacts source release or mirror, or run kw on Debian 12.',
    );
  return sources;
}

/** `deb` and `deb-src` lines for what the machine itself uses of Debian 12. */
export function sourceLines(targets: string, signedBy = existsSync(keyring) ? keyring : ''): readonly string[] {
  const option = signedBy ? `[signed-by=${signedBy}] ` : '';
  const lines = targets
    .split('\n')
    .map(line => line.trim().split(' '))
    .filter(
      ([uri, release, , origin]) =>
        uri && release && origin === 'Debian' && (release === codename || release.startsWith(`${codename}-`)),
    )
    .flatMap(([uri, release]) => [`deb ${option}${uri} ${release} main`, `deb-src ${option}${uri} ${release} main`]);
  return [...new Set(lines)].sort();
}

export async function aptGet(apt: Apt, says: string, args: readonly string[], cwd = apt.folder): Promise<void> {
  await run({
    argv: ['apt-get', '-q', ...apt.options, ...args],
    cwd,
    says,
    help,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    ...apt.common,
  });
}

/** Brings packages with all they depend on and unpacks them into one tree. */
export async function unpackPackages(apt: Apt, names: readonly string[], tree: string): Promise<void> {
  await refresh(apt);
  await aptGet(apt, `download ${names.join(', ')}`, [
    'install',
    '-y',
    '--no-install-recommends',
    '--download-only',
    ...names,
  ]);
  await mkdir(tree, { recursive: true });
  const archives = join(apt.folder, 'archives');
  for (const name of (await readdir(archives)).filter(file => file.endsWith('.deb')).sort()) {
    await run({ argv: ['dpkg-deb', '-x', join(archives, name), tree], says: `unpack ${name}`, help, ...apt.common });
  }
}

/** Version of a package as the archive has it, without Debian's revision: `3.4.23`. */
export async function upstreamVersion(apt: Apt, name: string): Promise<string> {
  const { stdout } = await promisify(execFile)('apt-cache', [...apt.options, 'show', '--no-all-versions', name]);
  const full = /^Version: (.+)$/m.exec(stdout)?.[1] ?? '';
  return full.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
}

/** What the machine's own apt knows; a new machine has no lists yet, and gets them first. */
async function indexTargets(): Promise<string> {
  try {
    const known = await askIndexTargets();
    if (known.trim() !== '') return known;
    await promisify(execFile)('apt-get', ['-q', 'update']);
    return await askIndexTargets();
  } catch (error) {
    throw failed(
      'refused',
      `source debian needs apt-get with package lists on this machine: ${(error as Error).message}`,
      'Run: sudo apt-get update. On other systems use artifacts source release or mirror.',
    );
  }
}

const askIndexTargets = async (): Promise<string> =>
  (
    await promisify(execFile)('apt-get', [
      'indextargets',
      '--format',
      '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)',
      'Created-By: Packages',
    ])
  ).stdout;

const optionsFor = (folder: string): readonly string[] =>
  Object.entries({
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Cache::archives': join(folder, 'archives'),
    'Debug::NoLocking': '1',
  }).flatMap(([key, value]) => ['-o', `${key}=${value}`]);

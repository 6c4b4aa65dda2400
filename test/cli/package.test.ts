/** What is carried away: the package of `npm pack` and the one file, both far from any checkout and without a network. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '../..');
const page = (name: string): string => readFileSync(join(root, name), 'utf8');

let away = '';
const env = (): NodeJS.ProcessEnv => ({
  PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
  HOME: away,
  npm_config_cache: join(away, 'cache'),
  npm_config_offline: 'true',
  npm_config_update_notifier: 'false',
});

beforeAll(() => {
  away = mkdtempSync(join(tmpdir(), 'kw-away-'));
  const run = (program: string, ...words: readonly string[]) =>
    execFileSync(program, words, { cwd: root, env: env(), stdio: 'pipe' });
  run(process.execPath, 'build.mjs', '--single');
  run('npm', 'pack', '--pack-destination', away);
  const [tarball = ''] = readdirSync(away).filter(name => name.endsWith('.tgz'));
  run('npm', 'install', '-g', '--prefix', join(away, 'prefix'), join(away, tarball));
  mkdirSync(join(away, 'bin'));
  copyFileSync(join(root, 'dist/bin/kw'), join(away, 'bin/kw'));
  mkdirSync(join(away, 'work'));
});
afterAll(() => rmSync(away, { recursive: true, force: true }));

describe.each([
  ['installed by npm', 'prefix/bin/kw'],
  ['one file', 'bin/kw'],
])('kw, %s', (_, path) => {
  const kw = (...words: readonly string[]) =>
    spawnSync(join(away, path), words, { cwd: join(away, 'work'), encoding: 'utf8', env: env() });

  test('says its version, and nothing else', () => {
    expect(kw('--version')).toMatchObject({ status: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });
  test('knows which build it is: two builds of one version may ask for other things', () => {
    expect(readFileSync(realpathSync(join(away, path)), 'utf8')).toMatch(/kwBuild=`\$\{kwVersion\}\+[0-9a-f]{12}`/);
  });
  test.each([
    ['cluster-file', 'docs/cluster-file.md'],
    ['cluster.schema.json', 'docs/cluster.schema.json'],
    ['kw.1', 'man/kw.1'],
    ['README', 'README.md'],
  ])('docs %s prints the page', (name, file) => {
    expect(kw('docs', name)).toMatchObject({ status: 0, stdout: page(file) });
  });
  test('cases prints the page of a case', () => {
    expect(kw('cases', 'etcd-slow-disk').stdout).toBe(page('src/clinic/cases/etcd/etcd-slow-disk/page.md'));
  });
  test('plan says what is wrong with a file, in its place', () => {
    writeFileSync(
      join(away, 'work/broken.yaml'),
      'apiVersion: kubewizard/v1\nkind: Cluster\nname: x\nhots: [10.0.0.1]\n',
    );
    const { status, stderr } = kw('plan', '-f', 'broken.yaml');
    expect(status).toBe(64);
    expect(stderr).toContain('broken.yaml:4:1:');
    expect(stderr).toContain("did you mean 'hosts'?");
  });
  test('init writes the schema where the first line of its file says', () => {
    const folder = `init-${path.split('/')[0]}`;
    mkdirSync(join(away, 'work', folder));
    const file = join(away, 'work', folder, 'cluster.yaml');
    expect(kw('init', '-f', file, '--name', 'x', '--host', '10.0.0.1', '--no-look').status).toBe(0);
    const [, schema = ''] = /\$schema=(\S+)/.exec(readFileSync(file, 'utf8')) ?? [];
    expect(readFileSync(join(dirname(file), schema), 'utf8')).toBe(page('docs/cluster.schema.json'));
  });
  test('test says that it needs a clone', () => {
    expect(kw('test')).toMatchObject({ status: 64, stderr: expect.stringContaining('its own sources') });
  });
});

test('the package brings everything that it needs, and its page for man', () => {
  const lib = join(away, 'prefix/lib/node_modules');
  expect(readdirSync(lib)).toEqual(['kubewizard']);
  expect(existsSync(join(lib, 'kubewizard/node_modules'))).toBe(false);
  expect(readFileSync(join(away, 'prefix/share/man/man1/kw.1'), 'utf8')).toBe(page('man/kw.1'));
});

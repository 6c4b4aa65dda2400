/**
 * What another user may write is not taken for what was left there: every part of the way to a cluster file and to what
 * is remembered beside it, each in turn given to somebody else, opened, or reached by somebody's link.
 */
import { execFileSync } from 'node:child_process';
import { chmod, chown, lchown, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openingOf } from '../../src/cli/sealing.js';
import { writeSecret } from '../../src/engine/vault/store.js';
import type { Host } from '../../src/model/cluster.js';
import type { ConnectOptions } from '../../src/transport/connection.js';
import { makeHome } from '../../src/transport/home-folder.js';
import { notBelieved, openToOthers, ownFile, ownFolder } from '../../src/transport/own-place.js';
import { cameBySudo, whoRuns } from '../../src/transport/person.js';
import { readConfigText } from '../../src/transport/ssh/config/file.js';
import { readKeys } from '../../src/transport/ssh/keys.js';
import { trust } from '../../src/transport/ssh/trust.js';
import type { Target } from '../../src/transport/ssh/route.js';
import { gather } from '../../src/workflow/clinic/evidence.js';
import { readClusterFile } from '../../src/workflow/cluster-file.js';
import type { Story } from '../../src/workflow/story.js';

const stranger = 61_234;
const own = process.getuid?.() ?? 0;
/** Who is not root can give nothing away: there the one who asks is another. */
const isRoot = own === 0;

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kw-own-'));
  await mkdir(join(root, 'work'));
  await writeFile(file(), 'name: demo\nendpoint: {address: 10.0.0.9}\nhosts: [{name: a, address: 10.0.0.1}]\n');
  await writeSecret(state(), 'pki/ca.key', 'key');
  await writeSecret(state(), 'pki/ca.crt', 'crt');
  await writeSecret(state(), 'identity.json', '{"authorities":[]}');
});
afterEach(() => rm(root, { recursive: true, force: true }));
const file = () => join(root, 'work/cluster.yaml');
const home = () => join(root, 'work/.kubewizard');
const state = () => join(home(), 'demo');

const refusal = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => '',
    error => {
      expect(error).toMatchObject({ failure: { class: 'refused', help: expect.stringMatching(/\S/) } });
      return `${error.failure.message}\n${error.failure.help}`;
    },
  );

const parts = ['work', 'work/.kubewizard', 'work/.kubewizard/demo', 'work/cluster.yaml'];
const inside = ['pki', 'pki/ca.key', 'pki/ca.crt', 'identity.json'].map(name => `work/.kubewizard/demo/${name}`);

test('what kw has made itself is its own', async () => {
  const { warnings } = await readClusterFile(file());
  expect(warnings.map(({ problem }) => problem.code)).not.toContain('shared-cluster-file');
});

describe.runIf(isRoot)('given to another user', () => {
  test.each([...parts, ...inside])('%s is named, with what to do', async part => {
    await chown(join(root, part), stranger, stranger);
    const text = await refusal(readClusterFile(file()));
    expect(text).toContain(`${join(root, part)} belongs to another user (uid ${stranger})`);
    expect(text).toContain(`SUDO_UID=${stranger}`);
  });
  test.each([...parts, ...inside])('%s is theirs whom sudo made root', async part => {
    await chown(join(root, part), stranger, stranger);
    const person = { uid: 0, sudo: stranger };
    await ownFile(file(), person);
    await ownFolder(state(), person);
  });
  test('a link that leads to the folder is somebody else’s, wherever it stands', async () => {
    await rename(home(), join(root, 'elsewhere'));
    await symlink(join(root, 'elsewhere'), home());
    await readClusterFile(file());
    await lchown(home(), stranger, stranger);
    expect(await refusal(readClusterFile(file()))).toContain(`${home()} belongs to another user`);
  });
  test('so is a link inside, and what it leads to', async () => {
    const away = join(root, 'away');
    await rename(join(state(), 'pki'), away);
    await symlink(away, join(state(), 'pki'));
    await readClusterFile(file());
    await chown(away, stranger, stranger);
    expect(await refusal(readClusterFile(file()))).toContain(`${away} belongs to another user`);
  });
  test('nothing is written there either', async () => {
    await chown(home(), stranger, stranger);
    expect(await refusal(makeHome(join(home(), 'other')))).toContain('belongs to another user');
    await rm(home(), { recursive: true });
    await symlink(join(root, 'trap'), home());
    await lchown(home(), stranger, stranger);
    expect(await refusal(writeSecret(state(), 'pki/ca.key', 'key'))).toContain('belongs to another user');
  });
});

describe('open to all of this machine', () => {
  test.each(parts)('%s is refused', async part => {
    await chmod(join(root, part), part.endsWith('.yaml') ? 0o666 : 0o777);
    const text = await refusal(readClusterFile(file()));
    expect(text).toContain(`everybody on this machine may write ${join(root, part)} (mode 0`);
  });
  test('in a sticky folder, as /tmp is, each thing stays its owner’s', async () => {
    await chmod(root, 0o1777);
    await readClusterFile(file());
    await chmod(root, 0o777);
    expect(await refusal(readClusterFile(file()))).toContain(`may write ${root} (mode 0777)`);
  });
  test.each(inside)('%s is refused where somebody comes to it, and not behind a folder that is closed', async part => {
    await chmod(join(root, part), part.endsWith('pki') ? 0o777 : 0o666);
    await readClusterFile(file());
    for (const folder of [home(), state()]) await chmod(folder, 0o755);
    expect(await refusal(readClusterFile(file()))).toContain(`may write ${join(root, part)}`);
  });
  test('a key that others may read is refused, a certificate is not', async () => {
    for (const folder of [home(), state(), join(state(), 'pki')]) await chmod(folder, 0o755);
    await chmod(join(state(), 'pki/ca.crt'), 0o644);
    await readClusterFile(file());
    await chmod(join(state(), 'pki/ca.key'), 0o640);
    expect(await refusal(readClusterFile(file()))).toMatch(/may read .*ca\.key \(mode 0640\)[\s\S]*chmod -R go=/);
  });
  test.runIf(isRoot)('a group that may write is said of the file, and refused of what is remembered', async () => {
    await chown(file(), 0, stranger);
    await chmod(file(), 0o664);
    const { warnings } = await readClusterFile(file());
    expect(warnings.map(({ problem }) => problem.code)).toContain('shared-cluster-file');
    await chown(home(), 0, stranger);
    await chmod(home(), 0o770);
    expect(await refusal(readClusterFile(file()))).toContain(`a group (gid ${stranger}) may write ${home()}`);
  });
});

describe('secrets that a person names', () => {
  const host = (key: string): Target => ({ ...({ name: 'a', address: '10.0.0.1' } as Host), ssh: { key } }) as Target;
  const key = async (mode: number): Promise<string> => {
    const path = join(root, 'id');
    await rm(path, { force: true });
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
    await chmod(path, mode);
    return path;
  };
  test.each(['644', '640', '660', '604', '606'])('a key of ssh of mode %s is not used, as ssh does not', async mode => {
    const path = await key(Number.parseInt(mode, 8));
    await expect(readKeys(host(path), [], true)).rejects.toMatchObject({
      failure: {
        class: 'auth',
        message: expect.stringContaining('others may'),
        help: expect.stringContaining('chmod 600'),
      },
    });
    const { usable, unusable } = await readKeys({ ...host(path), ssh: {} } as Target, [path], false);
    expect([usable.length, unusable.length]).toEqual([0, 1]);
  });
  test.each(['600', '400'])('one of mode %s is', async mode => {
    expect((await readKeys(host(await key(Number.parseInt(mode, 8))), [], false)).usable).toHaveLength(1);
  });
  test('an identity of age and a passphrase in a file are held to the same', async () => {
    const secret = join(root, 'age');
    await writeFile(secret, 'AGE-SECRET-KEY-1\n', { mode: 0o644 });
    for (const given of [{ identity: secret }, { passphraseFile: secret }])
      await expect(openingOf(given)).rejects.toMatchObject({ problems: [{ code: 'open-secret' }] });
    await chmod(secret, 0o600);
    expect(await openingOf({ identity: secret })).toEqual({ identities: ['AGE-SECRET-KEY-1'] });
    expect(await openToOthers('/dev/stdin')).toBeUndefined();
  });
});

describe('what says whom ssh trusts', () => {
  test('known hosts that everybody may write prove no key', async () => {
    const known = join(root, 'known_hosts');
    await writeFile(known, 'a ssh-ed25519 AAAA\n');
    await chmod(known, 0o666);
    const target = { name: 'a', address: '10.0.0.1', ssh: { port: 22, user: 'root' } } as unknown as Target;
    const options = { knownHosts: { files: [known] } } as unknown as ConnectOptions;
    expect(await refusal(trust(target, options))).toContain(`${known} is not believed`);
    await chmod(known, 0o664);
    await trust(target, options);
    expect(await notBelieved(join(root, 'nowhere'))).toBeUndefined();
  });
  test.each(['666', '664', '646'])('a configuration of mode %s is not followed, nor what it includes', async mode => {
    const [config, more] = ['config', 'more'].map(name => join(root, name)) as [string, string];
    await writeFile(config, 'Include more\nUser a\n');
    await writeFile(more, 'ProxyCommand touch /x\n');
    const place = { path: config, includes: root, own: true } as const;
    const keys = () => readConfigText([place], root).directives.map(one => one.key);
    expect(keys()).toEqual(['proxycommand', 'user']);
    await chmod(more, Number.parseInt(mode, 8));
    expect(keys()).toEqual(['user']);
    expect(readConfigText([place], root).unreadable).toEqual([`${more}: others may write it, or own it`]);
  });
});

test('who is not root was made so by nobody', () => {
  for (const [word, sudo] of [
    ['1000', 1000],
    ['x', undefined],
    ['-1', undefined],
    ['', undefined],
    [undefined, undefined],
  ] as const) {
    cameBySudo(word);
    expect(whoRuns().sudo).toBe(isRoot ? sudo : undefined);
  }
});

describe('a kubeconfig that a person names', () => {
  const gathered = async (mode: number, owner?: number) => {
    const kubeconfig = join(root, 'kubeconfig');
    await writeFile(kubeconfig, 'kind: Config\n');
    await chmod(kubeconfig, mode);
    if (owner !== undefined) await chown(kubeconfig, owner, owner);
    const told: string[] = [];
    const emit = (event: { readonly problem?: { readonly code: string } }) => told.push(event.problem?.code ?? '');
    const story = { emit, ports: { clock: () => new Date(0) } } as unknown as Story;
    const refused = await gather(story, { kubeconfig }).then(
      () => undefined,
      error => error.problems?.[0]?.code,
    );
    return { refused, told };
  };
  test('is not used where everybody may write it', async () => {
    expect(await gathered(0o606)).toMatchObject({ refused: 'open-kubeconfig' });
  });
  test.runIf(isRoot)("is not used where it is a stranger's", async () => {
    expect(await gathered(0o600, stranger)).toMatchObject({ refused: 'open-kubeconfig' });
  });
  test('is used and said where others may read it, and where nobody may nothing is said', async () => {
    expect(await gathered(0o644)).toEqual({ refused: undefined, told: ['open-kubeconfig'] });
    expect(await gathered(0o600)).toEqual({ refused: undefined, told: [] });
  });
});

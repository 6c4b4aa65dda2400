/**
 * Two clusters of one name and one control machine: every command with the wrong hosts, the wrong folder, a copied
 * vault or the wrong kubeconfig is refused, and leaves both clusters and both folders byte for byte as they were.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { clusterFileForLab, type LabState } from '../../../src/lab/index.js';
import type { Stage } from '../scenario.js';

export const name = 'two clusters of one name on one control machine are never mixed';
export const minutes = 12;
export const rotates = true;

const clusterName = 'kubernetes';

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(2);
  for (const [folder, host] of [
    ['a', 'kw-1'],
    ['b', 'kw-2'],
  ] as const)
    write(t, lab, folder, [host]);
  await t.step('two clusters, both called kubernetes', () =>
    Promise.all(['a', 'b'].map(folder => t.ok(['up', '--yes', '--no-verify', ...file(folder)]))),
  );
  const [idA = '', idB = ''] = ['a', 'b'].map(folder => fingerprint(t, folder));
  assert.notEqual(idA, idB);

  // b's host in an empty folder under another name, beside a's copied folder, and beside a's host in one file.
  write(t, lab, 'renamed', ['kw-2'], 'other');
  write(t, lab, 'copied', ['kw-2']);
  cpSync(join(t.dir, 'a/.kubewizard'), join(t.dir, 'copied/.kubewizard'), { recursive: true });
  write(t, lab, 'both', ['kw-1', 'kw-2']);

  // Each cluster's own commands remember its identity: that is over before anything is compared.
  for (const folder of ['a', 'b']) assert.equal((await t.kw(['plan', ...file(folder)])).code, 0);
  writeFileSync(join(t.dir, 'b.conf'), (await t.ok(['kubeconfig', ...file('b')])).stdout, { mode: 0o600 });
  const before = await digests(t);
  for (const folder of ['renamed', 'copied'])
    await t.step(`${folder}: every command`, async () => {
      for (const command of commands) await refused(t, [...command, ...file(folder)], idB);
    });
  await t.step('hosts of both in one file', async () => {
    for (const command of changing) await refused(t, [...command, ...file('both')], idA, idB);
  });
  await t.step("b's kubeconfig for a's hosts", async () => {
    // Who names hosts has accepted their keys before: those are remembered in ~/.kubewizard.
    const { HOME, XDG_CACHE_HOME } = process.env;
    mkdirSync(join(t.dir, 'home/.kubewizard'), { recursive: true });
    copyFileSync(lab.knownHostsFile, join(t.dir, 'home/.kubewizard/known_hosts'));
    Object.assign(process.env, {
      HOME: join(t.dir, 'home'),
      XDG_CACHE_HOME: XDG_CACHE_HOME ?? join(HOME ?? '', '.cache'),
    });
    const hosts = ['--hosts', address(lab, 'kw-1'), '--ssh-key', lab.sshKey];
    await refused(t, ['doctor', ...hosts, '--kubeconfig', 'b.conf'], idA, idB);
    Object.assign(process.env, { HOME });
  });
  assert.deepEqual(await digests(t), before, 'nothing was written on either side');

  const same = await t.kw(['plan', ...file('a')]);
  assert.equal(same.code, 0, `a itself is as it was: ${same.stdout}${same.stderr}`);
  await t.step('a folder that was lost comes back from its own hosts', async () => {
    write(t, lab, 'lost', ['kw-1']);
    const looked = await t.kw(['plan', ...file('lost')]);
    assert.equal(looked.code, 14, `who only looks copies no keys: ${looked.stdout}${looked.stderr}`);
    await t.ok(['up', '--yes', '--no-verify', ...file('lost')]);
    assert.equal(fingerprint(t, 'lost'), idA);
  });
};

const changing = [['plan'], ['up', '--yes'], ['reset', '--yes-i-mean', clusterName]] as const;
const commands: readonly (readonly string[])[] = [
  ...changing,
  ['verify'],
  ['status'],
  ['kubeconfig'],
  ['token', 'list'],
  ['token', 'create'],
  ['token', 'delete', 'abcdef'],
  ['doctor'],
  ['heal', '--yes'],
  ['bundle', '-o', 'x.kwbundle'],
];

const file = (folder: string): readonly string[] => ['-f', `${folder}/cluster.yaml`];

const write = (t: Stage, lab: LabState, folder: string, hosts: readonly string[], called = clusterName): void => {
  mkdirSync(join(t.dir, folder), { recursive: true });
  const part = { ...lab, hosts: lab.hosts.filter(host => hosts.includes(host.name)) };
  writeFileSync(join(t.dir, folder, 'cluster.yaml'), stringify(clusterFileForLab(part, { name: called })));
};

const address = (lab: LabState, host: string): string =>
  lab.hosts.find(one => one.name === host)?.address ?? assert.fail(`no host ${host}`);

/** SHA-256 of the CA of a folder, as refusals show its beginning. */
const fingerprint = (t: Stage, folder: string): string => {
  const pem = readFileSync(join(t.dir, folder, '.kubewizard', clusterName, 'pki/ca.crt'), 'utf8');
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  return createHash('sha256').update(der).digest('hex').slice(0, 16);
};

const refused = async (t: Stage, args: readonly string[], ...identities: readonly string[]): Promise<void> => {
  const { code, stdout, stderr } = await t.kw(args);
  const output = stdout + stderr;
  assert.equal(code, 14, `kw ${args.join(' ')} is refused: exit code ${code}\n${output}`);
  for (const each of identities) assert.ok(output.includes(each), `kw ${args.join(' ')} names ${each}: ${output}`);
};

/** Both hosts' keys, configurations and marks, and every folder of the control machine. */
const digests = async (t: Stage): Promise<Readonly<Record<string, string>>> => {
  const there = await Promise.all(
    ['kw-1', 'kw-2'].map(async host => {
      const { code, stdout } = await t.on(
        host,
        'find /etc/kubernetes /var/lib/kubewizard /var/lib/kubelet/pki /etc/systemd/system -type f -exec sha256sum {} + | sort',
      );
      assert.equal(code, 0);
      assert.ok(stdout.split('\n').length > 30, `${host} was seen`);
      return [host, stdout] as const;
    }),
  );
  const here = ['a', 'b', 'renamed', 'copied', 'both'].map(folder => [folder, listing(join(t.dir, folder))]);
  return Object.fromEntries([...there, ...here]);
};

const listing = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .filter(path => existsSync(join(folder, path)) && statSync(join(folder, path)).isFile())
    .map(
      path =>
        `${path} ${createHash('sha256')
          .update(readFileSync(join(folder, path)))
          .digest('hex')}`,
    )
    .join('\n');

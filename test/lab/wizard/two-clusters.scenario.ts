/**
 * Clusters of one name and one control machine, two of Kubewizard and one of kubeadm: every command with the wrong
 * hosts, the wrong folder, a copied vault, the wrong kubeconfig or the wrong context in it is refused, and leaves all
 * clusters and folders byte for byte as they were.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { clusterFileForLab, kubeadmUp, type LabState } from '../../../src/lab/index.js';
import type { Stage } from '../scenario.js';
import { fileDigests, listing } from './digests.js';

export const name = 'two clusters of one name on one control machine, and one of kubeadm, are never mixed';
export const minutes = 16;
export const rotates = true;

const clusterName = 'kubernetes';

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(3);
  for (const [folder, host] of [
    ['a', 'kw-1'],
    ['b', 'kw-2'],
  ] as const)
    write(t, lab, folder, [host]);
  await t.step('two clusters, both called kubernetes', () =>
    Promise.all(['a', 'b'].map(folder => t.ok(['up', '--yes', '--no-verify', ...file(folder)]))),
  );
  const foreign = { ...lab, hosts: lab.hosts.filter(host => host.name === 'kw-3') };
  await t.step('a third of that name, by kubeadm', () => kubeadmUp(foreign, {}, { progress: t.note }));
  const [idA = '', idB = ''] = ['a', 'b'].map(folder => fingerprint(t, folder));
  const idK = await fingerprintOn(t, 'kw-3');
  assert.equal(new Set([idA, idB, idK]).size, 3);

  // b's host in an empty folder under another name, beside a's copied folder, and beside a's host in one file.
  write(t, lab, 'renamed', ['kw-2'], 'other');
  write(t, lab, 'copied', ['kw-2']);
  cpSync(join(t.dir, 'a/.kubewizard'), join(t.dir, 'copied/.kubewizard'), { recursive: true });
  write(t, lab, 'both', ['kw-1', 'kw-2']);
  // The same with kubeadm's host, of which no folder knows anything.
  write(t, lab, 'over', ['kw-3']);
  write(t, lab, 'over-copied', ['kw-3']);
  cpSync(join(t.dir, 'a/.kubewizard'), join(t.dir, 'over-copied/.kubewizard'), { recursive: true });

  // Each cluster's own commands remember its identity: that is over before anything is compared.
  for (const folder of ['a', 'b']) assert.equal((await t.kw(['plan', ...file(folder)])).code, 0);
  const ofPeople = await Promise.all(
    ['a', 'b'].map(async folder => (await t.ok(['kubeconfig', ...file(folder)])).stdout),
  );
  writeFileSync(join(t.dir, 'b.conf'), ofPeople[1] ?? '', { mode: 0o600 });
  writeFileSync(join(t.dir, 'both.conf'), merged(ofPeople), { mode: 0o600 });
  const before = await digests(t);
  for (const [folder, id] of [
    ['renamed', idB],
    ['copied', idB],
    ['over', idK],
    ['over-copied', idK],
  ] as const)
    await t.step(`${folder}: every command`, async () => {
      for (const command of commands) await refused(t, [...command, ...file(folder)], id);
    });
  await t.step('hosts of both in one file', async () => {
    for (const command of changing) await refused(t, [...command, ...file('both')], idA, idB);
  });
  await t.step("b's kubeconfig, and one whose context is b, for hosts of others", async () => {
    // Who names hosts has accepted their keys before: those are remembered in ~/.kubewizard.
    const { HOME, XDG_CACHE_HOME } = process.env;
    mkdirSync(join(t.dir, 'home/.kubewizard'), { recursive: true });
    copyFileSync(lab.knownHostsFile, join(t.dir, 'home/.kubewizard/known_hosts'));
    Object.assign(process.env, {
      HOME: join(t.dir, 'home'),
      XDG_CACHE_HOME: XDG_CACHE_HOME ?? join(HOME ?? '', '.cache'),
    });
    const hosts = (name: string) => ['--hosts', address(lab, name), '--ssh-key', lab.sshKey];
    await refused(t, ['doctor', ...hosts('kw-1'), '--kubeconfig', 'b.conf'], idA, idB);
    await refused(t, ['doctor', ...hosts('kw-1'), '--kubeconfig', 'both.conf'], idA, idB);
    await refused(t, ['doctor', ...hosts('kw-3'), '--kubeconfig', 'b.conf'], idK, idB);
    await healedElsewhere(t, hosts('kw-3'), idA, idK);
    Object.assign(process.env, { HOME });
  });
  assert.deepEqual(await digests(t), before, 'nothing was written on any side');

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
  ['certs'],
  ['explain', 'Unauthorized'],
  ['upgrade', '--check'],
];

const folders = ['a', 'b', 'renamed', 'copied', 'both', 'over', 'over-copied'];

/** Where a's keys lie under the very name nothing of kubeadm's cluster is healed, and nothing is written over them. */
const healedElsewhere = async (t: Stage, hosts: readonly string[], ...identities: readonly string[]): Promise<void> => {
  cpSync(join(t.dir, 'a/.kubewizard'), join(t.dir, '.kubewizard'), { recursive: true });
  const had = listing(join(t.dir, '.kubewizard'));
  await refused(t, ['heal', '--yes', ...hosts], ...identities);
  assert.equal(listing(join(t.dir, '.kubewizard')), had, "a's keys are as they were, and no others beside them");
};

/** As people have it: both clusters in one file, and the context that was used last. */
const merged = (texts: readonly string[]): string => {
  const all = texts.map(text => parse(text) as Readonly<Record<string, readonly { readonly name: string }[]>>);
  // Clusters and users of both are called the same; the second's context is the one that is in use.
  const [first, second] = all.map((one, at) =>
    JSON.parse(
      JSON.stringify(one)
        .replaceAll(`"${one.clusters?.[0]?.name}"`, `"cluster-${at}"`)
        .replaceAll(`"${one.users?.[0]?.name}"`, `"user-${at}"`),
    ),
  );
  const lists = Object.fromEntries(['clusters', 'users'].map(key => [key, [...first[key], ...second[key]]]));
  const contexts = [...first.contexts.map((one: object) => ({ ...one, name: 'a' })), ...second.contexts];
  return stringify({ ...second, ...lists, contexts });
};

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

const fingerprintOn = async (t: Stage, host: string): Promise<string> => {
  const { stdout } = await t.on(host, 'openssl x509 -in /etc/kubernetes/pki/ca.crt -outform der | sha256sum');
  return stdout.slice(0, 16);
};

const refused = async (t: Stage, args: readonly string[], ...identities: readonly string[]): Promise<void> => {
  const { code, stdout, stderr } = await t.kw(args);
  const output = stdout + stderr;
  assert.equal(code, 14, `kw ${args.join(' ')} is refused: exit code ${code}\n${output}`);
  for (const each of identities) assert.ok(output.includes(each), `kw ${args.join(' ')} names ${each}: ${output}`);
};

/** All hosts' keys, configurations and marks, and every folder of the control machine. */
const digests = async (t: Stage): Promise<Readonly<Record<string, string>>> => {
  const there = await Promise.all(
    ['kw-1', 'kw-2', 'kw-3'].map(async host => [host, await fileDigests(t, host)] as const),
  );
  const here = folders.map(folder => [folder, listing(join(t.dir, folder))]);
  return Object.fromEntries([...there, ...here]);
};

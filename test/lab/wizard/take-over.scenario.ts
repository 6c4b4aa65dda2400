/**
 * A cluster file over hosts that are another cluster's: refused with both identities, nothing copied and nothing
 * changed; the ways on are the cluster's own file, reset, and a typed phrase for each host.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { clusterFileForLab, type LabState } from '../../../src/lab/index.js';
import type { Stage } from '../scenario.js';
import { fileDigests } from './digests.js';

export const name = 'a new cluster file over a living cluster: refused, and taken over by a phrase for each host alone';
export const minutes = 14;
export const rotates = true;

const all = ['kw-1', 'kw-2'];
const change = ['plan', 'up'] as const;

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(2);
  write(t, lab, 'prod', all, 'prod');
  await t.step('prod is built', () => t.ok(['up', '--yes', '--no-verify', ...file('prod')]));
  const before = await hostDigests(t);

  write(t, lab, 'new', all, 'other');
  write(t, lab, 'same-name', ['kw-2'], 'prod');
  write(t, lab, 'worker', ['kw-2'], 'other');
  // The same folder, and only `name:` is another.
  write(t, lab, 'renamed', all, 'other');
  cpSync(join(t.dir, 'prod/.kubewizard'), join(t.dir, 'renamed/.kubewizard'), { recursive: true });

  const phrases = await t.step('every file that is not its own is refused', async () => {
    for (const folder of ['new', 'renamed', 'worker', 'same-name'])
      for (const command of change) {
        const said = await refused(t, folder, command);
        if (folder !== 'same-name') assert.match(said, /prod/, `${folder}: it names the cluster that lives there`);
        assert.equal(existsSync(join(t.dir, folder, '.kubewizard/other/pki/ca.key')), false, 'no key was copied');
      }
    return phrasesIn(await refused(t, 'new', 'up'));
  });
  assert.deepEqual([...phrases.keys()].sort(), all, 'a phrase for each host');
  assert.deepEqual(await hostDigests(t), before, 'nothing was written on any host');

  await t.step('a phrase that is wrong, or that of one host for two', async () => {
    await refused(t, 'worker', 'up', '--take-over', 'kw-2=000000000000');
    const said = await refused(t, 'new', 'up', '--take-over', phrases.get('kw-2') ?? '');
    assert.match(said, /kw-1 carries/);
    assert.deepEqual(await hostDigests(t), before);
  });
  await t.step('the data of another etcd are served by nobody, whatever is typed', async () => {
    await refused(t, 'new', 'up', ...[...phrases.values()].flatMap(one => ['--take-over', one]));
    assert.deepEqual(await hostDigests(t), before);
  });
  await workerTaken(t, before);
};

/** The worker alone becomes a cluster of its own; the control plane that it left is untouched, and says so. */
const workerTaken = async (t: Stage, before: Readonly<Record<string, string>>): Promise<void> => {
  const [phrase] = phrasesIn(await refused(t, 'worker', 'up')).values();
  await t.step('the worker is taken over by its phrase', () =>
    t.ok(['up', '--yes', '--no-verify', ...file('worker'), '--take-over', phrase ?? '']),
  );
  assert.equal((await t.kw(['plan', ...file('worker')])).code, 0, 'it is a cluster of its own, and whole');
  const nodes = await t.on('kw-2', 'kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes -o name');
  assert.equal(nodes.stdout.trim(), 'node/kw-2');
  assert.equal((await hostDigests(t))['kw-1'], before['kw-1'], 'the cluster that it left is as it was');
  const said = await refused(t, 'prod', 'plan');
  assert.match(said, /kw-2 carries/);
};

const file = (folder: string): readonly string[] => ['-f', `${folder}/cluster.yaml`];

const write = (t: Stage, lab: LabState, folder: string, hosts: readonly string[], called: string): void => {
  mkdirSync(join(t.dir, folder), { recursive: true });
  const part = { ...lab, hosts: lab.hosts.filter(host => hosts.includes(host.name)) };
  writeFileSync(join(t.dir, folder, 'cluster.yaml'), stringify(clusterFileForLab(part, { name: called })));
};

const refused = async (t: Stage, folder: string, command: string, ...more: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await t.kw([
    command,
    ...(command === 'up' ? ['--yes'] : []),
    ...file(folder),
    ...more,
  ]);
  assert.ok(
    code !== 0 && code !== 2,
    `${folder}: kw ${command} ${more.join(' ')} is refused: ${code}\n${stdout}${stderr}`,
  );
  return stdout + stderr;
};

const phrasesIn = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/--take-over (([\w-]+)=[0-9a-f]+)/g)].map(([, phrase = '', host = '']) => [host, phrase]));

const hostDigests = async (t: Stage): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(await Promise.all(all.map(async host => [host, await fileDigests(t, host)] as const)));

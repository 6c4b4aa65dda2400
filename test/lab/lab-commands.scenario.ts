/** The lab by its commands, as a person uses it. */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labStatus } from '../../src/lab/index.js';
import { withOwnHome } from './own-home.js';
import type { Stage } from './scenario.js';

export const name = 'kw lab up, status, ssh, down; kw init looks';
export const minutes = 6;

export const run = async (t: Stage): Promise<void> => {
  const lab = ['--name', t.labName];
  assert.equal((await t.kw(['lab', 'status', ...lab])).code, 2, 'no lab is not a healthy lab');
  await t.step('up', () => t.ok(['lab', 'up', ...lab, '--hosts', '2']));
  assert.match(await readFile(join(t.dir, 'cluster.yaml'), 'utf8'), /name: kw-1/);

  const status = await t.ok(['lab', 'status', ...lab, '--json']);
  const hosts = (
    JSON.parse(status.stdout) as { readonly hosts: readonly { readonly name: string; readonly running: boolean }[] }
  ).hosts;
  assert.deepEqual(
    hosts.map(host => [host.name, host.running]),
    [
      ['kw-1', true],
      ['kw-2', true],
    ],
  );

  assert.equal((await t.ok(['lab', 'ssh', ...lab, 'kw-2', 'cat', '/etc/hostname'])).stdout.trim(), 'kw-2');
  assert.equal((await t.kw(['lab', 'ssh', ...lab, 'kw-1', 'exit', '7'])).code, 7, "the command's own exit code");
  const unknown = await t.kw(['lab', 'ssh', ...lab, 'kw-9']);
  assert.equal(unknown.code, 14);
  assert.match(unknown.stderr, /has no host 'kw-9'/);

  await t.step('init looks at the hosts', () => withOwnHome(t, () => looks(t)));

  await t.step('down', () => t.ok(['lab', 'down', ...lab]));
  assert.match((await t.ok(['lab', 'down', ...lab])).stdout, /nothing to do/);
};

/**
 * One host's key is known, the other's is not: that one is a note in the table, and the file is written all the same.
 */
const looks = async (t: Stage): Promise<void> => {
  const lab = await labStatus(t.labName);
  const [seen, unknown] = lab?.hosts ?? [];
  assert(lab && seen && unknown);
  await mkdir(join(t.dir, '.kubewizard/demo'), { recursive: true });
  await writeFile(join(t.dir, '.kubewizard/demo/known_hosts'), `${seen.address} ${seen.hostKey}\n`);
  const output = await t.ok([
    'init',
    '-f',
    'own.yaml',
    '--name',
    'demo',
    '--ssh-key',
    lab.sshKey,
    '--host',
    seen.address,
    '--host',
    unknown.address,
  ]);
  assert.match(output.stderr, new RegExp(`${seen.address.replaceAll('.', '[.]')} +debian 1\\d, \\d+ CPUs?`));
  assert.match(output.stderr, /not seen: nobody knows the host key/);
  const text = await readFile(join(t.dir, 'own.yaml'), 'utf8');
  assert.match(text, /name: kw-1/, 'a host that was seen gets its own name');
  assert.doesNotMatch(text, /name: kw-2/);
};

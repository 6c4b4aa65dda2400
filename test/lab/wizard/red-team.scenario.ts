/**
 * One worker in foreign hands, root on it, pods that call themselves a component, and a control machine that keeps the cluster: what the worker says must not
 * run anywhere else, must not hold anybody up, and is told with its name.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Output, Stage } from '../scenario.js';
import { writeCluster } from './cluster.js';
import { endPods, startPods } from './red-pod.js';
import { lies, overlong, quiet, wrapped } from './red-team.js';
import { nobodyIll } from './well.js';

export const name = 'red team: a hostile worker lies, floods and forges, against doctor, heal and up';
export const minutes = 13;

const bad = 'kw-2';
const hosts = ['kw-1', bad];

export const run = async (t: Stage): Promise<void> => {
  const canary = `/root/canary-${t.labName}`;
  await writeCluster(t, await t.lab(2));
  await t.step('up', () => t.ok(['up', '--yes']));

  await t.step('the worker lies wherever it is asked', () => told(t, lies(canary)));
  await tried(t, canary, 'lies', ['doctor'], 120, { named: false });
  await tried(t, canary, 'lies', ['heal', '--yes'], 180, { named: false });
  await tried(t, canary, 'lies', ['up', '--yes'], 180, { named: false });
  await told(t, quiet);

  await t.step('pods call themselves a controller manager', () => startPods(t, hosts, canary));
  for (const command of [['doctor'], ['heal', '--yes'], ['up', '--yes']])
    await tried(t, canary, 'has such pods', command, 180, { named: false });
  await endPods(t, hosts);

  for (const [how, { script, answersTruly }] of Object.entries(wrapped)) {
    await t.step(`its shell ${how}`, () => told(t, script));
    await drift(t);
    await tried(t, canary, how, ['doctor'], 180, { named: !answersTruly });
    await tried(t, canary, how, ['up', '--yes'], 240, { named: true });
    assert.equal(await drifted(t), false, `kw-1 was kept beside a worker that ${how}`);
    await told(t, quiet);
  }

  await t.step('the same worker, honest again', () => t.ok(['up', '--yes']));
  await nobodyIll(t, 'after the red team');
};

/** The command ends in time, says no bug of ours, and nothing of the worker's ran on another machine. */
const tried = async (
  t: Stage,
  canary: string,
  how: string,
  command: readonly string[],
  seconds: number,
  { named }: { readonly named: boolean },
): Promise<Output> =>
  t.step(`${command.join(' ')} while it ${how}`, async () => {
    const result = await t.kw(command, { signal: AbortSignal.timeout(seconds * 1000) });
    const words = `${result.stdout}${result.stderr}`;
    assert.notEqual(result.code, 137, `${command.join(' ')} did not end within ${seconds} s`);
    assert.notEqual(result.code, 1, `a bug of ours: ${words.slice(-2000)}`);
    assert.doesNotMatch(words, /a bug of kw|\n {4}at /);
    assert.ok(words.length < overlong, 'what the worker says does not fill the terminal');
    if (named) assert.match(words, new RegExp(bad), 'the report names the worker');
    const here = readdirSync(dirname(canary)).filter(one => one.startsWith(basename(canary)));
    assert.deepEqual(here, [], 'nothing of the worker’s ran on the control machine');
    const elsewhere = await t.on('kw-1', `ls ${canary}* 2>/dev/null; iptables-save 2>/dev/null | grep -c canary; true`);
    assert.equal(elsewhere.stdout.trim(), '0', `something of the worker’s ran on kw-1: ${elsewhere.stdout}`);
    return result;
  });

const told = async (t: Stage, script: string): Promise<void> => {
  const { code, stdout, stderr } = await t.on(bad, script);
  assert.equal(code, 0, `${stdout}${stderr}`);
};

// Something for `up` to put right on the good host, each time.
const kept = '/etc/sysctl.d';
const drift = (t: Stage) => t.on('kw-1', `for f in ${kept}/99-kubewizard.conf; do echo '# drift' >>"$f"; done`);
const drifted = async (t: Stage) => (await t.on('kw-1', `grep -l '^# drift' ${kept}/*; true`)).stdout.trim() !== '';

/** The scripts of a revival, on folders of paper with a systemctl and a kubectl of paper. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hold, isHeld, letGo, nodesReport, stillHeld } from '../../src/blueprint/revival/steps.js';
import { foreseen } from '../../src/blueprint/revival/foreseen.js';
import { service } from '../../src/facts/service.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kw-revival-'));
  for (const folder of ['bin', 'units', 'state']) mkdirSync(join(root, folder));
  program(
    'systemctl',
    `echo "$*" >>${root}/calls
case $1 in show) for u; do :; done; echo "ActiveState=$(cat ${root}/state/$u 2>/dev/null || echo inactive)" ;;
stop) echo inactive >${root}/state/$2 ;; esac`,
  );
  program('timeout', 'shift; "$@"');
});
afterEach(() => rmSync(root, { recursive: true }));

const program = (name: string, text: string): void => {
  writeFileSync(join(root, 'bin', name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(root, 'bin', name), 0o755);
};
const sh = (script: string) => {
  const text = script
    .replaceAll('/etc/systemd/system', `${root}/units`)
    .replaceAll('/usr/local/bin/kubectl', `${root}/bin/kubectl`);
  const env = { ...process.env, PATH: `${root}/bin:${process.env.PATH}` };
  const { status, stdout } = spawnSync('sh', ['-c', text], { encoding: 'utf8', env });
  return { code: status, out: stdout.trim() };
};
const runs = (unit: string): void => writeFileSync(join(root, 'state', `${unit}.service`), 'active');
const dropIn = (unit: string): string => join(root, 'units', `${unit}.service.d/kw-held.conf`);
const both = ['kube-controller-manager', 'kube-scheduler'];

test('held: they stop, and nobody starts them while the drop-in is there; let go, nothing of it is left', () => {
  for (const unit of both) runs(unit);
  expect(sh(isHeld).out).toBe('kube-controller-manager may start\nkube-scheduler may start');
  expect(sh(stillHeld).out).toBe('');
  expect(sh(hold).code).toBe(0);
  expect(sh(isHeld).out).toBe('');
  for (const unit of both)
    expect(readFileSync(dropIn(unit), 'utf8')).toBe(`[Unit]\nConditionPathExists=!${dropIn(unit)}\n`);
  expect(sh(stillHeld).out).toBe(both.map(dropIn).join('\n'));
  runs('kube-scheduler');
  expect(sh(isHeld).out).toBe('kube-scheduler runs');
  expect([sh(letGo).code, sh(letGo).code, sh(stillHeld).out]).toEqual([0, 0, '']);
  expect(both.map(unit => existsSync(join(root, 'units', `${unit}.service.d`)))).toEqual([false, false]);
  expect(readFileSync(join(root, 'calls'), 'utf8').trim().split('\n').at(-1)).toBe('daemon-reload');
});

test('a drop-in of the owner in the same folder stays', () => {
  const own = join(root, 'units/kube-scheduler.service.d/own.conf');
  mkdirSync(join(own, '..'), { recursive: true });
  writeFileSync(own, '[Service]\n');
  sh(hold);
  sh(letGo);
  expect([existsSync(own), existsSync(dropIn('kube-scheduler'))]).toEqual([true, false]);
});

const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();
const host = { name: 'cp-1', address: '10.0.0.11', roles: [], labels: {}, taints: [], ssh: {} };

test('a node is back when its lease is young, it is Ready, and said so itself lately', () => {
  const nodes = {
    back: [ago(5), 'True', ago(200)],
    remembered: [ago(400 * 86_400), 'True', ago(400 * 86_400)],
    broken: [ago(3), 'False', ago(3)],
    stale: [ago(2), 'True', ago(400 * 86_400)],
    other: ['', 'True', ''],
  };
  const rows = Object.entries(nodes).flatMap(([name, [lease, ready, at]]) => [
    `${name}||${ready}|${at}`,
    `${name}|${lease}||`,
  ]);
  program('kubectl', `cat <<'end'\n${rows.join('\n')}\nend`);
  expect(sh(nodesReport(host, ['back']))).toEqual({ code: 0, out: '' });
  expect(sh(nodesReport(host, ['back', 'remembered', 'broken', 'stale', 'unknown']))).toEqual({
    code: 1,
    out: [
      'remembered does not report',
      'broken reports, and is not Ready',
      'stale reports, and is not Ready',
      'unknown does not report',
    ].join('\n'),
  });
});

test('where the API is silent, nobody is back, and its last words are told', () => {
  program('kubectl', 'echo "Unable to connect to the server" >&2; exit 1');
  expect(sh(nodesReport(host, ['back']))).toEqual({ code: 1, out: 'Unable to connect to the server' });
});

test('what controllers will be when their turn comes is read as a host would say it', () => {
  const said =
    'ExecMainStartTimestamp=x\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=disabled\n\nnow \n';
  const id = 'cp-1/service/kube-scheduler.service';
  const answers = foreseen(['cp-1'], each => (each === id ? said : undefined));
  const read = (of: string) => service('kube-scheduler.service', []).parse(answers.get(of)?.raw ?? '');
  expect(read(id)).toMatchObject({ active: 'inactive', sub: 'dead', enabled: 'disabled', stale: [] });
  expect(read('cp-1/service/kube-controller-manager.service')).toMatchObject({
    active: 'inactive',
    enabled: 'enabled',
  });
  expect(answers.get('cp-1/command/controllers-let-go')?.raw).not.toBe('');
});

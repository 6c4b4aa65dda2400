import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dropIns } from '../../src/facts/service.js';
import { service } from '../../src/resources/service.js';
import type { ServiceWant } from '../../src/resources/wants.js';
import { sh } from '../../src/shell/sh.js';

const want: ServiceWant = { running: true, atBoot: true, reads: ['/etc/x.conf', '/usr/local/bin/x'] };
/** As `TZ=UTC systemctl show` of systemd 252 and `stat --printf` of coreutils 9.1 printed it on a lab host. */
const answer = (
  over: {
    readonly active?: string;
    readonly sub?: string;
    readonly enabled?: string;
    readonly load?: string;
    readonly now?: string;
    readonly record?: string;
  } = {},
): string =>
  'ExecMainStartTimestamp=Sun 2026-11-22 21:35:52 ' +
  `UTC\nLoadState=${over.load ?? 'loaded'}\nActiveState=${over.active ?? 'active'}\nSubState=${over.sub ?? 'running'}\nUnitFileState=${over.enabled ?? 'enabled'}\n\nnow ` +
  `${over.now ?? ''}\n${over.record === undefined ? '' : `then ${over.record}\n`}`;
const changes = (raw: string, wanted = want) => service.diff(wanted, service.read('x.service', wanted).parse(raw));
const converge = (raw: string, wanted = want) => service.plan('x.service', wanted, changes(raw, wanted));
const script = (raw: string, wanted = want): string => {
  const first = converge(raw, wanted).actions[0];
  return first?.do === 'run' ? first.script : '';
};

// 21:35:51.9 and 21:35:53.1 of that day.
const [before, after] = ['1795383351.900000000', '1795383353.100000000'];

describe('a restart is owed', () => {
  test.each([
    ['its input is as written down', { now: `/etc/x.conf=7:3:${after}|`, record: `/etc/x.conf=7:3:${after}|` }, false],
    ['an input has other content', { now: `/etc/x.conf=8:3:${after}|`, record: `/etc/x.conf=7:3:${before}|` }, true],
    [
      'an older file was put in its place',
      { now: '/usr/local/bin/x=9:3:978307200.000000000|', record: `/usr/local/bin/x=7:3:${before}|` },
      true,
    ],
    [
      'the clock was set back since',
      { now: '/etc/x.conf=8:3:1000000000.500000000|', record: `/etc/x.conf=7:3:${after}|` },
      true,
    ],
    ['nothing is written down, and its input is older than its start', { now: `/etc/x.conf=7:3:${before}|` }, false],
    ['nothing is written down, and its input is younger', { now: `/etc/x.conf=7:3:${after}|` }, true],
    [
      'an input is new to the record, and older than its start',
      { now: `/etc/x.conf=7:3:${before}|/usr/local/bin/x=1:1:${before}|`, record: `/etc/x.conf=7:3:${before}|` },
      false,
    ],
  ])('if %s: %o is %s', (_, over, owed) =>
    expect(changes(answer(over)).map(change => change.field)).toEqual(owed ? ['fresh'] : []),
  );
});

test.each([
  ['activating', 'auto-restart', 'enabled', ['running']],
  ['failed', 'failed', 'enabled', ['running']],
  ['activating', 'start', 'enabled', ['running']],
  ['active', 'exited', 'enabled', ['running']],
  ['active', 'running', 'disabled', ['atBoot']],
  ['active', 'running', 'static', []],
  ['inactive', 'dead', 'masked', ['atBoot', 'running']],
])('%s (%s), %s: %j', (active, sub, enabled, fields) =>
  expect(changes(answer({ active, sub, enabled })).map(change => change.field)).toEqual(fields),
);

test('a oneshot that ran to its end runs; what shall stop and has failed is stopped', () => {
  expect(changes(answer({ sub: 'exited' }), { ...want, oneshot: true })).toEqual([]);
  expect(
    changes(answer({ active: 'failed', sub: 'failed', enabled: 'disabled' }), {
      ...want,
      running: false,
      atBoot: false,
    }),
  ).toEqual([]);
  expect(converge(answer(), { ...want, running: false, atBoot: false }).risk).toBe('downtime');
});

test('the guard stands before a restart, never before a start', () => {
  const guarded: ServiceWant = { ...want, guard: sh`quorum-of-the-others`, restartRisk: 'downtime' };
  const stale = answer({ now: `/etc/x.conf=7:3:${after}|` });
  expect(script(stale, guarded)).toContain('quorum-of-the-others');
  expect(converge(stale, guarded).risk).toBe('downtime');
  expect(script(answer({ active: 'inactive', sub: 'dead' }), guarded)).not.toContain('quorum');
  expect(converge(answer({ active: 'inactive', sub: 'dead' }), guarded).risk).toBe('none');
});

describe('what a running unit reads again is a reload, and everything else a restart', () => {
  const wanted: ServiceWant = { ...want, reads: ['/etc/x.conf', '/usr/local/bin/x'], reloads: ['/etc/x.conf'] };
  /** Runs the script of a changed unit with paper for systemd and the inputs. */
  const ran = (record: string | undefined, binary: string): string => {
    const root = mkdtempSync(join(tmpdir(), 'kw-reload-'));
    const program = (name: string, text: string): void =>
      writeFileSync(join(root, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    program('systemctl', `case $* in *show*) echo DropInPaths=;; *) echo "$*" >>${root}/calls;; esac`);
    program('stat', `case $* in *x.conf*) printf '/etc/x.conf=8:3:9|';; esac; printf '${binary}'`);
    if (record !== undefined) writeFileSync(join(root, 'x.service'), `${record}\n`);
    const text = script(answer({ now: `/etc/x.conf=8:3:${after}|` }), wanted).replaceAll(
      '/run/kubewizard/started',
      root,
    );
    execFileSync('sh', ['-c', text], { env: { ...process.env, PATH: `${root}:${process.env.PATH}` } });
    const calls = execFileSync('cat', [join(root, 'calls')], { encoding: 'utf8' });
    rmSync(root, { recursive: true });
    return /reload x/.test(calls) ? 'reload' : /restart x/.test(calls) ? 'restart' : calls;
  };
  const binary = '/usr/local/bin/x=7:3:5|';
  test.each([
    ['its configuration alone', `/etc/x.conf=7:3:1|${binary}`, binary, 'reload'],
    ['its binary too', `/etc/x.conf=7:3:1|${binary}`, '/usr/local/bin/x=9:3:5|', 'restart'],
    ['nothing was written down at its start', undefined, binary, 'restart'],
    ['it was started before it had that input', '/etc/x.conf=7:3:1|', binary, 'restart'],
  ])('%s', (_, record, now, how) => expect(ran(record, now)).toBe(how));
});

test('the guard of a start stands before it is enabled, and never before a restart', () => {
  const guarded: ServiceWant = { ...want, startGuard: sh`echo strange; exit 1` };
  const off = script(answer({ active: 'inactive', sub: 'dead', enabled: 'disabled' }), guarded);
  expect(off.indexOf('echo strange')).toBeLessThan(off.indexOf('systemctl'));
  expect(script(answer({ now: `/etc/x.conf=7:3:${after}|` }), guarded)).not.toContain('strange');
});

test('what its turn has changed and nobody saw serve since is asked again, and given up early', () => {
  const kept = `${answer({ now: `/etc/x.conf=7:3:${before}|` })}kept\n`;
  expect(changes(kept).map(({ verb, field }) => [verb, field])).toEqual([['restart', 'proven']]);
  const { actions, risk } = converge(kept);
  expect([actions.map(one => one.do), risk]).toEqual([['run', 'wait', 'run'], 'restart']);
  expect(script(kept)).not.toContain('restart');
  const [wait] = actions.filter(one => one.do === 'wait');
  expect(wait?.script).toContain('NRestarts');
  const [first] = converge(answer({ active: 'inactive', sub: 'dead' })).actions.filter(one => one.do === 'wait');
  expect(first?.script).not.toContain('NRestarts');
  expect(changes(kept, { ...want, running: false, atBoot: false }).map(({ field }) => field)).not.toContain('proven');
});

test('a failed start tells the unit’s last lines', () => {
  const waits = converge(answer({ active: 'inactive', sub: 'dead' }), {
    ...want,
    ready: { script: sh`true`, seconds: 5, says: 'x to answer' },
  }).actions.slice(1);
  expect(waits).toHaveLength(2);
  for (const wait of waits) expect(wait.do === 'wait' && wait.why).toContain('journalctl');
});

test('a unit foresees the restart that a new file will owe, unless it does not run', () => {
  const have = service.read('x.service', want).parse(answer());
  expect(service.predictChanges?.(want, have, new Set(['/etc/x.conf', '/etc/y.conf']))).toMatchObject([
    { verb: 'restart', field: 'fresh', from: 'started before /etc/x.conf' },
  ]);
  expect(service.predictChanges?.(want, { ...have, active: 'inactive' }, new Set(['/etc/x.conf']))).toEqual([]);
});

describe('drop-ins are inputs, whoever wrote them', () => {
  const show = (paths: string) => `ActiveState=active\nDropInPaths=${paths}\nSubState=running`;
  const marks = (shown: string): string => execFileSync('sh', ['-c', dropIns(sh`${shown}`)], { encoding: 'utf8' });
  test('each that systemd has loaded is marked, and nothing of an answer runs', () => {
    const dir = mkdtempSync(join(tmpdir(), 'kw-drop-'));
    try {
      for (const name of ['a.conf', 'b.conf']) writeFileSync(join(dir, name), '[Service]\n');
      const found = marks(show(`${dir}/a.conf ${dir}/b.conf`));
      expect(found.split('|').map(mark => mark.split('=')[0])).toEqual([`${dir}/a.conf`, `${dir}/b.conf`, '']);
      expect(marks(show(''))).toBe('');
      expect(marks('')).toBe('');
      marks(show(`/nowhere/x;touch ${dir}/ran /nowhere/$(touch ${dir}/ran)`));
      expect(readdirSync(dir)).toEqual(['a.conf', 'b.conf']);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
  test('one that is younger than the start owes a restart, and is named', () => {
    const [found] = changes(
      answer({ now: `/etc/x.conf=7:3:${before}|/etc/systemd/system/x.service.d/u.conf=9:3:${after}|` }),
    );
    expect(found).toMatchObject({ verb: 'restart', from: 'started before /etc/systemd/system/x.service.d/u.conf' });
  });
  test('the record of a start holds them', () => {
    expect(script(answer({ now: `/etc/x.conf=7:3:${after}|` }))).toContain('DropInPaths');
  });
});

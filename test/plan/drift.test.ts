/** Since when and by whom: evidence of a host beside a difference, and what is honestly not known. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Applied, Author, Difference } from '../../src/model/drift.js';
import { alsoBySudo, traced, type Traces } from '../../src/plan/drift/author.js';
import { namesIt, rootShell, shownCommand } from '../../src/plan/drift/commands.js';
import { grouped } from '../../src/plan/drift/group.js';
import { tracedObject } from '../../src/plan/drift/object-author.js';
import { fromField } from '../../src/resources/object/field.js';
import { byShell, secretCommand } from '../clinic/command-secrets.js';

const instant = (time: string): number => Date.parse(`2026-11-29T${time}Z`) / 1000;
const last: Applied = {
  at: '2026-11-29T08:00:00.000Z',
  command: 'kw up',
  owner: 'ada@laptop',
  file: '',
  without: [],
  began: '2026-11-29T07:55:00.000Z',
  did: new Map(),
};
const path = '/etc/kubernetes/kubelet.yaml';
const difference = (more: Partial<Difference> = {}): Difference => ({
  id: `kw-1/file/${path}`,
  host: 'kw-1',
  kind: 'file',
  key: path,
  origin: 'host',
  changes: [{ field: 'content', was: 'a', is: 'b' }],
  next: 'back',
  by: [],
  ...more,
});
const traces = (more: Partial<Traces> = {}): Traces => ({
  ahead: 0,
  files: new Map(),
  touched: new Map(),
  units: new Map(),
  ...more,
});
const touchedAt = (time: string) =>
  new Map([[path, { is: 'there', modified: instant(time), changed: instant(time) } as const]]);
const ran = (user: string, time: string, command: string, folder = '/') => ({
  user,
  at: instant(time),
  command,
  folder,
});
const known = { last, later: [] };
const people = (by: readonly Author[]): readonly string[] => by.map(one => ('who' in one ? one.who : 'nobody'));

describe('a thing on a host', () => {
  test('a command of sudo that names it, by the clock of the control machine', () => {
    const logins = {
      now: 0,
      commands: [ran('bea', '09:00:00', '/usr/bin/vi /etc/hosts'), ran('anna', '09:01:10', `/usr/bin/vi ${path}`)],
    };
    const told = traced(difference(), traces({ ahead: 60, files: touchedAt('09:01:30'), logins }), known);
    expect(told).toMatchObject({
      origin: 'host',
      since: { at: '2026-11-29T09:00:30.000Z', exact: true },
      by: [{ how: 'sudo', who: 'anna', at: '2026-11-29T09:00:10.000Z', command: `/usr/bin/vi ${path}` }],
    });
  });

  test('what was begun after it, or half a day before, was not it', () => {
    const logins = {
      now: 0,
      commands: [ran('bea', '09:05:00', `/usr/bin/cat ${path}`)],
      sessions: [{ user: 'bea', from: '10.0.0.6', begin: instant('09:04:00') }],
    };
    expect(traced(difference(), traces({ files: touchedAt('09:01:12'), logins }), known).by).toEqual([]);
  });

  test('a root shell and a login say only perhaps, and are not told beside a command that names it', () => {
    const logins = {
      now: 0,
      commands: [ran('anna', '08:55:00', '/bin/bash')],
      sessions: [{ user: 'carl', from: '10.0.0.7', begin: instant('08:50:00'), end: instant('09:30:00') }],
    };
    const seen = traces({ files: touchedAt('09:01:12'), logins });
    expect(traced(difference(), seen, known).by).toMatchObject([
      { how: 'shell', who: 'anna' },
      { how: 'session', who: 'carl' },
    ]);
    const also = {
      ...logins,
      commands: [...logins.commands, ran('bea', '09:01:00', 'sed -i s/a/b/ kubelet.yaml', '/etc/kubernetes')],
    };
    expect(people(traced(difference(), { ...seen, logins: also }, known).by)).toEqual(['bea']);
  });

  test('a time from before it was left says nothing of a thing that is another by now: drift of nobody knows whom', () => {
    const old = { is: 'there', modified: instant('07:00:00'), changed: instant('07:00:00') } as const;
    const gone = { is: 'absent', folder: instant('07:00:00') } as const;
    for (const file of [old, { ...old, link: true as const }, gone]) {
      const told = traced(difference(), traces({ files: new Map([[path, file]]) }), known);
      expect([told.origin, told.since, told.by]).toEqual(['host', undefined, []]);
    }
    const logins = { now: 0, commands: [ran('anna', '09:00:00', `/usr/bin/mv /root/old ${path}`)] };
    const back = traced(difference(), traces({ files: new Map([[path, old]]), logins }), known);
    expect(people(back.by)).toEqual(['anna']);
    const away = new Map([[path, { is: 'absent', folder: instant('07:58:00') } as const]]);
    expect(traced(difference(), traces({ files: away }), known).since).toMatchObject({ exact: false });
  });

  test('what somebody edited while the run was at it is drift, with its time', () => {
    const did = new Map([[difference().id, '2026-11-29T07:57:00.000Z']]);
    const told = traced(difference(), traces({ files: touchedAt('07:58:00') }), { last: { ...last, did }, later: [] });
    expect(told).toMatchObject({ origin: 'host', since: { at: '2026-11-29T07:58:00.000Z', exact: true } });
  });

  test('where another version wanted something else: a wish only of a file that nobody touched since it was done', () => {
    const did = new Map([[difference().id, '2026-11-29T07:57:00.000Z']]);
    const told = (time: string, file = {}, more: Partial<Difference> = {}) => {
      const one = difference({ origin: 'unknown', wantedOtherwise: true, ...more });
      const files = new Map([[one.key, { is: 'there', modified: 0, changed: instant(time), ...file } as const]]);
      return traced(one, traces({ files }), { last: { ...last, did }, later: [] }).origin;
    };
    expect([told('07:56:59'), told('07:57:01'), told('09:00:00')]).toEqual(['wish', 'host', 'host']);
    expect(told('07:56:59', { link: true })).toBe('unknown');
    expect(told('07:56:59', {}, { kind: 'certificate' })).toBe('unknown');
    expect(traced(difference({ origin: 'unknown', wantedOtherwise: true }), undefined, known).origin).toBe('unknown');
  });

  test('whatever a host says of times, what this version left and is another now is never a wish', () => {
    const time = fc.integer({ min: instant('00:00:00'), max: instant('12:00:00') });
    const file = fc.oneof(
      fc.record({ is: fc.constant('there' as const), modified: time, changed: time }),
      fc.record({ is: fc.constant('there' as const), modified: time, changed: time, link: fc.constant(true as const) }),
      fc.record({ is: fc.constant('absent' as const), folder: time }),
    );
    const kind = fc.constantFrom('file', 'directory', 'artifact', 'certificate', 'kubeconfig', 'service', 'packages');
    const unit = fc.record({ active: fc.constantFrom('active', 'failed'), result: fc.constant(''), changed: time });
    fc.assert(
      fc.property(kind, file, unit, fc.integer({ min: -9000, max: 9000 }), time, (of, at, state, ahead, done) => {
        const one = difference({ kind: of, changes: [{ field: 'running', was: 1, is: 2 }] });
        const seen = traces({ ahead, files: new Map([[path, at]]), units: new Map([[path, state]]) });
        const did = new Map([[one.id, new Date(done * 1000).toISOString()]]);
        for (const each of [last, { ...last, did }])
          expect(traced(one, seen, { last: each, later: [] }).origin).toBe('host');
      }),
      { seed: 16, numRuns: 300 },
    );
  });

  test('a unit that failed ended by itself; one that was stopped was stopped by somebody', () => {
    const unit = difference({
      kind: 'service',
      key: 'kube-proxy.service',
      changes: [{ field: 'running', was: 'running', is: 'failed' }],
    });
    const logins = { now: 0, commands: [ran('anna', '09:01:11', '/usr/bin/systemctl stop kube-proxy')] };
    const state = (active: string, result: string) =>
      traces({ logins, units: new Map([['kube-proxy.service', { active, result, changed: instant('09:01:12') }]]) });
    expect(traced(unit, state('failed', 'exit-code'), known).by).toEqual([
      { how: 'itself', at: '2026-11-29T09:01:12.000Z', result: 'exit-code' },
    ]);
    expect(traced(unit, state('inactive', 'success'), known).by).toMatchObject([{ how: 'sudo', who: 'anna' }]);
  });

  test('a package by its manager’s log, a file by auditd, a later run by the journal', () => {
    const removed = difference({
      kind: 'packages',
      key: 'node',
      changes: [{ field: 'conntrack', was: 'installed', is: undefined }],
    });
    const packages = [
      { at: instant('09:00:00'), packages: ['conntrack'], command: 'apt-get remove conntrack', user: 'anna' },
    ];
    expect(traced(removed, traces({ packages }), known)).toMatchObject({
      since: { at: '2026-11-29T09:00:00.000Z' },
      by: [{ how: 'packages', who: 'anna' }],
    });
    const touched = new Map([[path, [{ at: instant('09:01:12'), user: 'anna', program: '/usr/bin/vim' }]]]);
    expect(traced(difference(), traces({ files: touchedAt('09:01:12'), touched }), known).by).toMatchObject([
      { how: 'auditd', who: 'anna' },
    ]);
    const later = [{ id: difference().id, at: '2026-11-29T08:30:00.000Z', command: 'kw heal', owner: 'ada@laptop' }];
    expect(traced(difference({ origin: 'run' }), traces(), { last, later }).by).toMatchObject([
      { how: 'run', who: 'ada@laptop', command: 'kw heal' },
    ]);
  });

  test('what somebody touched after a later run is not that run’s', () => {
    const later = [{ id: difference().id, at: '2026-11-29T08:30:00.000Z', command: 'kw heal', owner: 'ada@laptop' }];
    const logins = { now: 0, commands: [ran('anna', '09:01:10', `/usr/bin/vi ${path}`)] };
    const seen = traces({ files: touchedAt('09:01:12'), logins });
    const told = traced(difference({ origin: 'run' }), seen, { last, later });
    expect([told.origin, people(told.by)]).toEqual(['host', ['anna']]);
    const before = traces({ files: touchedAt('08:29:59') });
    expect(traced(difference({ origin: 'run' }), before, { last, later }).origin).toBe('run');
  });

  test('without any word of the host: not known, and no time', () => {
    const told = traced(difference(), undefined, known);
    expect([told.by, told.since, told.origin]).toEqual([[], undefined, 'host']);
  });
});

describe('an object of the API', () => {
  const key = '/apis/rbac.authorization.k8s.io/v1/clusterroles/it';
  const changed = difference({
    id: `cluster/object/${key}`,
    host: 'cluster',
    kind: 'object',
    key,
    changes: [{ field: 'rules', was: [], is: [1] }],
  });
  const entry = (manager: string, time: string, fieldsV1: object) => ({ manager, operation: 'Update', time, fieldsV1 });
  const rawWith = (...managedFields: readonly object[]) =>
    JSON.stringify({ status: 200, body: { metadata: { managedFields } } });
  const rules = { 'f:rules': {} };
  const write = (user: string, time: string, program = 'kubectl/v1.20.2') => ({
    at: instant(time) * 1000,
    verb: 'patch',
    user,
    from: '10.0.0.1',
    program,
    object: 'clusterroles//it',
  });

  test('the manager of the field that changed, where no audit log names a user', () => {
    const raw = rawWith(
      entry('kubewizard', '2026-11-29T07:50:00Z', rules),
      entry('controller', '2026-11-29T09:30:00Z', { 'f:status': {} }),
      entry('kubectl-edit', '2026-11-29T09:01:12Z', rules),
    );
    expect(tracedObject(changed, { raw, writes: [] }, last, fromField)).toMatchObject({
      since: { at: '2026-11-29T09:01:12.000Z' },
      by: [{ how: 'manager', who: 'kubectl-edit' }],
    });
  });

  test('the user of the write at that time, not of a later one, and never kw itself', () => {
    const raw = rawWith(entry('kubectl-edit', '2026-11-29T09:01:12Z', rules));
    const writes = [write('ours', '09:01:12', 'kubewizard'), write('bea', '09:20:00'), write('anna', '09:01:11')];
    expect(tracedObject(changed, { raw, writes }, last, fromField).by).toMatchObject([{ how: 'api', who: 'anna' }]);
    const otherwise = { ...changed, origin: 'unknown', wantedOtherwise: true } as const;
    expect(tracedObject(otherwise, { raw, writes }, last, fromField).origin).toBe('host');
    const before = [write('bea', '07:00:00')];
    expect(tracedObject(otherwise, { raw: rawWith(), writes: before }, last, fromField).origin).toBe('unknown');
    expect(tracedObject(changed, { raw: rawWith(), writes: before }, last, fromField)).toEqual(changed);
  });

  test('a person who ran kubectl by sudo stands before the shared name of the API', () => {
    const told = tracedObject(changed, { writes: [write('kubernetes-admin', '09:01:12')] }, last, fromField);
    const logins = { now: 0, commands: [ran('anna', '09:00:40', '/usr/local/bin/kubectl edit clusterrole it')] };
    expect(people(alsoBySudo(told, [traces({ logins })], last).by)).toEqual(['anna', 'kubernetes-admin']);
  });

  test('what is no object is nobody’s word', () => {
    for (const raw of ['', '{', '[]', '{"body":{"metadata":{"managedFields":[1]}}}'])
      expect(tracedObject(changed, { raw, writes: [] }, last, fromField).by).toEqual([]);
  });
});

describe('commands', () => {
  const file = difference();
  test.each([
    [`vi ${path}`, '/', true],
    ['vi kubelet.yaml', '/etc/kubernetes', true],
    ['vi ./kubelet.yaml', '/etc/kubernetes', true],
    ['sh -c "echo x >>/etc/kubernetes/kubelet.yaml"', '/', true],
    ['rm -rf /etc/kubernetes/', '/', true],
    ['vi kubelet.yaml', '/home/anna', false],
    [`vi ${path}.bak`, '/', false],
    ['ls /etc', '/', false],
  ])('%s in %s', (command, folder, names) => {
    expect(namesIt({ command, folder }, file)).toBe(names);
  });

  test('of a unit, a kernel setting, a package', () => {
    const named = (kind: string, key: string, command: string, field = 'x'): boolean =>
      namesIt({ command, folder: '/' }, { kind, key, changes: [{ field, was: 1, is: 2 }] });
    expect(named('service', 'kubelet.service', 'systemctl stop kubelet')).toBe(true);
    expect(named('service', 'kubelet.service', 'systemctl stop kubelet-x')).toBe(false);
    expect(named('sysctl', 'net.ipv4.ip_forward', 'sysctl -w net.ipv4.ip_forward=0')).toBe(true);
    const role = '/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node';
    expect(named('object', role, 'kubectl edit clusterrole system:node')).toBe(true);
    expect(named('object', role, 'kubectl edit clusterrole system:nodes')).toBe(false);
    expect(named('packages', 'node', 'dpkg -r socat', 'socat')).toBe(true);
  });

  test('a shell, and not a command in one', () => {
    for (const command of ['/bin/bash', '/usr/bin/su -', '/bin/sh -l', '/usr/bin/zsh'])
      expect(rootShell({ command }), command).toBe(true);
    for (const command of ["/bin/sh -c 'rm x'", '/usr/bin/bashful', '/bin/sh /tmp/x'])
      expect(rootShell({ command }), command).toBe(false);
  });

  test('no secret of a command is shown, whatever it is, wherever it stands, and where it is cut', () => {
    const pad = fc.nat({ max: 420 }).map(length => (length === 0 ? '' : `true ${'·'.repeat(length)}; `));
    fc.assert(
      fc.property(secretCommand, pad, fc.nat({ max: 2 }), ([command, pieces], before, shell) => {
        const whole = byShell(`${before}${command}`)[shell] ?? '';
        const shown = shownCommand(whole);
        expect(shown.length).toBeLessThanOrEqual(400);
        // A piece that the cut goes through is shown in part.
        for (const piece of pieces) expect([whole, shown.includes(piece.slice(0, 4))]).toEqual([whole, false]);
      }),
      { numRuns: 3000 },
    );
  });

  test('what is no secret is shown', () => {
    for (const command of [
      `vi ${path}`,
      'systemctl stop kubelet',
      'kubectl get secret db-token -n shop -o yaml',
      'kubectl edit clusterrole view',
      'passwd anna',
      'mkdir -p /srv/a',
      'cp -p a b',
      'ssh -p 2222 root@10.0.0.1',
      'kubeadm init --token-ttl 2h --config /etc/k.yaml',
      'openssl x509 -in /etc/kubernetes/pki/ca.crt -text',
    ])
      expect(shownCommand(command)).toBe(command);
  });
});

test('equal differences on many hosts are told once, with all who did it', () => {
  const on = (host: string, more: Partial<Difference> = {}): Difference =>
    difference({
      id: `${host}/file/${path}`,
      host,
      changes: [{ field: 'content', was: 'a', is: `name: ${host}` }],
      ...more,
    });
  const author = (who: string) => ({ how: 'sudo', who, at: '2026-11-29T09:00:00.000Z', command: 'vi' }) as const;
  const since = (time: string) => ({ at: `2026-11-29T${time}.000Z`, exact: true });
  const groups = grouped([
    on('kw-1', { by: [author('anna')], since: since('09:02:00') }),
    on('kw-2', { by: [author('anna'), author('bea')], since: since('09:01:00') }),
    on('kw-3'),
    on('kw-4', { changes: [{ field: 'mode', was: 1, is: 2 }] }),
  ]);
  expect(groups.map(({ hosts }) => hosts)).toEqual([['kw-1', 'kw-2', 'kw-3'], ['kw-4']]);
  expect(groups[0]?.since.map(({ at }) => at.slice(11, 16))).toEqual(['09:01', '09:02']);
  expect(people(groups[0]?.one.by ?? [])).toEqual(['anna', 'bea']);
  expect(groups[0]?.someUnknown).toBe(true);
});

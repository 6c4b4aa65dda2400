/** What hosts wrote down of who changed something: real commands' output, and what people make of it. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { apiWrites, auditName } from '../../src/facts/traces/api-audit.js';
import { fileAudit } from '../../src/facts/traces/file-audit.js';
import { fileTimes } from '../../src/facts/traces/file-times.js';
import { logins } from '../../src/facts/traces/logins.js';
import { packageLog } from '../../src/facts/traces/package-log.js';
import { unitTimes } from '../../src/facts/traces/unit-times.js';
import { type Fact, Unreadable } from '../../src/model/fact.js';

const root = mkdtempSync(join(tmpdir(), 'kw-traces-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A host's own shell, with these programs in front of its own. */
const asked = <T>(fact: Fact<T>, programs: Readonly<Record<string, string>> = {}): T => {
  const bin = mkdtempSync(join(root, 'bin-'));
  for (const [name, prints] of Object.entries(programs)) {
    writeFileSync(join(bin, `${name}.txt`), prints);
    writeFileSync(join(bin, name), `#!/bin/sh\ncat '${join(bin, `${name}.txt`)}'\n`);
    chmodSync(join(bin, name), 0o755);
  }
  if (fact.question.ask !== 'host') throw new Error('a question to a host');
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  return fact.parse(execFileSync('sh', ['-c', fact.question.script], { env, encoding: 'utf8' }));
};

describe('times of files', () => {
  test('a file, a link, one that is gone, and one whose folder is gone', () => {
    const folder = join(root, 'with blank');
    mkdirSync(folder);
    writeFileSync(join(folder, "it's"), 'x');
    const now = Date.now() / 1000;
    const [file, gone, nowhere] = asked(fileTimes([join(folder, "it's"), join(folder, 'gone'), '/no/such/folder/x']));
    expect(file).toMatchObject({ is: 'there' });
    expect(Math.abs((file as { changed: number }).changed - now)).toBeLessThan(60);
    expect(gone).toMatchObject({ is: 'absent', folder: expect.any(Number) });
    expect(nowhere).toEqual({ is: 'absent' });
  });

  test('a link is told as one: its time says nothing of what is behind it', () => {
    const folder = mkdtempSync(join(root, 'links-'));
    symlinkSync('/etc/hostname', join(folder, 'there'));
    symlinkSync('/nowhere', join(folder, 'dangling'));
    for (const one of asked(fileTimes([join(folder, 'there'), join(folder, 'dangling')])))
      expect(one).toMatchObject({ is: 'there', link: true });
  });

  test('what is no answer is no time', () => {
    const fact = fileTimes(['/a']);
    for (const bad of ['', 'there 1 2\n', 'there 1.000\n', 'there 1.000 2.000\nabsent\n', 'absent 1.000 2.000\n'])
      expect(() => fact.parse(bad), JSON.stringify(bad)).toThrow(Unreadable);
  });
});

test('states of units, one that systemd does not know among them', () => {
  const fact = unitTimes(['kubelet.service', 'nope.service']);
  const output = `ActiveState=inactive
Result=success
StateChangeTimestamp=Sun 2026-11-29 09:01:12 UTC
--
ActiveState=inactive
Result=success
StateChangeTimestamp=
--
`;
  expect(fact.parse(output)).toEqual([
    { active: 'inactive', result: 'success', changed: Date.parse('2026-11-29T09:01:12Z') / 1000 },
    { active: 'inactive', result: 'success' },
  ]);
  expect(() => fact.parse(`${output.split('--')[0]}--\n`)).toThrow(Unreadable);
});

describe('people', () => {
  const line = (message: string, exe = '/usr/bin/sudo', at = 1_796_000_000_123_456) =>
    `${JSON.stringify({ __REALTIME_TIMESTAMP: String(at), _EXE: exe, MESSAGE: message })}\n`;
  const ran = 'anna : TTY=pts/0 ; PWD=/etc/kubernetes ; USER=root ; COMMAND=/usr/bin/vi kubelet.yaml';
  const journal = [
    line(`    ${ran}`),
    line(ran, '/home/eve/bin/sudo.sh'),
    line('eve : command not allowed ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/rm /etc/x'),
    line('eve : 3 incorrect password attempts ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/rm /etc/x'),
    line(`kw : PWD=/home/kw ; USER=root ; COMMAND=/bin/sh -c 'SSH_CONNECTION=$1; export SSH_CONNECTION' kw 10.0.0.9`),
    line('COMMAND=alone'),
    '{"MESSAGE": [1, 2], "COMMAND=": 1}\n',
  ].join('');
  const last = `anna     pts/0        10.0.0.5         2026-11-29T08:50:00+00:00   still logged in
bea      pts/1        10.0.0.6         2026-11-29T07:00:00+00:00 - 2026-11-29T07:30:00+00:00  (00:30)
carl     tty1                          2026-11-29T06:00:00+00:00 - crash                      (00:30)
reboot   system boot  6.1.0            2026-11-29T05:00:00+00:00   still running

wtmp begins 2026-11-01T00:00:00+00:00
`;
  test('commands by sudo, without those of kw, of others that call themselves sudo, and refused ones', () => {
    const { commands, now } = asked(logins(0), { journalctl: journal, last });
    expect(commands).toEqual([
      { at: 1_796_000_000.123456, user: 'anna', folder: '/etc/kubernetes', command: '/usr/bin/vi kubelet.yaml' },
    ]);
    expect(Math.abs(now - Date.now() / 1000)).toBeLessThan(60);
  });

  test('who was logged in', () => {
    const begin = (time: string): number => Date.parse(`2026-11-29T${time}Z`) / 1000;
    const output = `journal\nsessions\n${last}now 1.000\n`;
    expect(logins(0).parse(output).sessions).toEqual([
      { user: 'anna', from: '10.0.0.5', begin: begin('08:50:00') },
      { user: 'bea', from: '10.0.0.6', begin: begin('07:00:00'), end: begin('07:30:00') },
      { user: 'carl', from: '', begin: begin('06:00:00') },
    ]);
  });

  test('a host without journal and wtmp says nothing of people, which is not that there were none', () => {
    expect(logins(0).parse('now 12.345\n')).toEqual({ now: 12.345 });
    expect(() => logins(0).parse('journal\n')).toThrow(Unreadable);
  });
});

test('what apt and dpkg wrote down, in the time zone of the host', () => {
  const output = `zone +0200
file /var/log/apt/history.log

Start-Date: 2026-11-29  11:00:01
Commandline: apt-get remove -y conntrack
Requested-By: anna (1000)
Remove: conntrack:amd64 (1:1.4.7-1), libnetfilter-x:amd64 (1.0)
End-Date: 2026-11-29  11:00:03

file /var/log/dpkg.log
2026-11-29 11:00:02 remove conntrack:amd64 1:1.4.7-1 <none>
2026-11-29 11:00:02 status half-configured conntrack:amd64 1:1.4.7-1
2026-11-29 12:00:00 purge socat:amd64 1.7 <none>

end
`;
  const at = (time: string): number => Date.parse(`2026-11-29T${time}Z`) / 1000;
  expect(packageLog.parse(output)).toEqual([
    {
      at: at('09:00:01'),
      packages: ['conntrack', 'libnetfilter-x'],
      command: 'apt-get remove -y conntrack',
      user: 'anna',
    },
    { at: at('10:00:00'), packages: ['socat'], command: 'dpkg: purge socat', user: '' },
  ]);
  expect(asked(packageLog)).toBeInstanceOf(Array);
});

test('the kernel’s audit log: the user who logged in, by name', () => {
  const line = (auid: string, success = 'yes') =>
    `type=SYSCALL msg=audit(1796000000.123:45): arch=c000003e syscall=257 success=${success} exit=3 items=2 ppid=1 ` +
    `pid=2 auid=${auid} uid=0 gid=0 comm="vim" exe="/usr/bin/vim.basic" key="etc"\n`;
  const fact = fileAudit(['/etc/x']);
  const programs = {
    ausearch: `${line('1000')}${line('1000', 'no')}${line('4294967295')}${line('77')}`,
    getent: 'root:x:0:0::/root:/bin/sh\nanna:x:1000:1000::/home/anna:/bin/sh\n',
  };
  expect(asked(fact, programs).get('/etc/x')).toEqual(
    ['anna', '', 'uid 77'].map(user => ({ at: 1_796_000_000.123, user, program: '/usr/bin/vim.basic' })),
  );
  expect(fact.parse('end\n')).toEqual(new Map([['/etc/x', []]]));
});

describe('the audit log of the API', () => {
  const event = (more: object = {}) => ({
    kind: 'Event',
    verb: 'patch',
    user: { username: 'kubernetes-admin', groups: ['system:masters'] },
    sourceIPs: ['10.88.0.1'],
    userAgent: 'kubectl/v1.20.2 (linux/amd64) kubernetes/faecb19',
    objectRef: { resource: 'clusterroles', name: 'it', apiGroup: 'rbac.authorization.k8s.io', apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 200 },
    requestReceivedTimestamp: '2026-11-29T09:01:12.000000Z',
    ...more,
  });
  const written = (...events: readonly object[]): string => events.map(one => `${JSON.stringify(one)}\n`).join('');

  test('writes that came through, of the objects that are asked about', () => {
    const log = join(root, 'audit.log');
    writeFileSync(
      log,
      written(
        event(),
        event({ verb: 'get' }),
        event({ responseStatus: { code: 403 } }),
        event({ objectRef: { resource: 'nodes', name: 'it', subresource: 'status' } }),
        event({ objectRef: { resource: 'clusterroles', name: 'it-too' } }),
        event({
          impersonatedUser: { username: 'bea' },
          objectRef: { resource: 'secrets', namespace: 'x', name: 'it' },
        }),
      ),
    );
    const made = {
      at: Date.parse('2026-11-29T09:01:12Z'),
      verb: 'patch',
      from: '10.88.0.1',
      program: 'kubectl/v1.20.2',
    };
    expect(asked(apiWrites(log, ['it']))).toEqual([
      { ...made, user: 'kubernetes-admin', object: 'clusterroles//it' },
      { ...made, user: 'kubernetes-admin as bea', object: 'secrets/x/it' },
    ]);
    expect(asked(apiWrites(join(root, 'none.log'), ['it']))).toEqual([]);
  });

  test.each([
    ['/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode', 'clusterroles//system:node'],
    ['/api/v1/namespaces/kube-system/configmaps/coredns', 'configmaps/kube-system/coredns'],
    ['/apis/apps/v1/namespaces/kube-system/deployments/coredns', 'deployments/kube-system/coredns'],
    ['/api/v1/nodes/kw-1', 'nodes//kw-1'],
    ['/api/v1/namespaces/x', 'namespaces//x'],
  ])('%s is %s there', (path, object) => {
    expect(auditName(path)?.object).toBe(object);
  });
});

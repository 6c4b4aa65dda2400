/** What somebody reads on the first day who has read nothing but the README. */
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { ask, askPassword, newKeysText } from '../../src/cli/access.js';
import { dealtText } from '../../src/cli/commands/init.js';
import { tookText } from '../../src/cli/view/backup.js';
import { preflightText } from '../../src/cli/view/preflight.js';
import { fold } from '../../src/cli/view/progress/fold.js';
import { nothingYet } from '../../src/cli/view/progress/state.js';
import { summary } from '../../src/cli/view/progress/summary.js';
import { routeText } from '../../src/cli/view/ssh.js';
import type { EventBody, Failure, HostFinding } from '../../src/model/event.js';
import { clusterHost } from '../../src/model/resource.js';
import { tellAway } from '../../src/workflow/build/lost.js';
import type { Took } from '../../src/workflow/backup.js';
import { stamped } from './recorded.js';

test('what stands in the way of many hosts is said once, with all of them and one way out', () => {
  const old = { severity: 'error', code: 'cgroup-v1', says: 'it uses cgroup v1', help: 'boot it with v2' } as const;
  const small: HostFinding = { host: 'w1', severity: 'warning', code: 'small', says: 'little memory', help: 'more' };
  const findings = [{ host: 'cp1', ...old }, small, { host: 'w1', ...old }];
  expect(preflightText(findings, false)).toBe(
    'error cp1, w1: it uses cgroup v1 [cgroup-v1]\n  help: boot it with v2\n' +
      'warning w1: little memory [small]\n  help: more\n',
  );
});

test('who is away is told where something else ends the command; who was refused has been told before', () => {
  const events: EventBody[] = [];
  const lost = new Map<string, Failure>([
    ['w2', { class: 'auth', message: 'ops may not log in' }],
    ['w3', { class: 'unreachable', message: '10.0.0.3 port 22 cannot be reached' }],
  ]);
  const hosts = ['w1', 'w2', 'w3'].map((name, at) => ({ name, address: `10.0.0.${at + 1}` }));
  tellAway({ spec: { hosts }, lost } as unknown as Parameters<typeof tellAway>[0], event => events.push(event));
  expect(events).toEqual([{ type: 'failure', failure: expect.objectContaining({ host: 'w3', class: 'unreachable' }) }]);
});

test('a run ends with the number of its hosts, the API not among them, and with the name of who is missing', () => {
  const ended = (ok: boolean, before: readonly EventBody[] = []) =>
    summary(
      fold(
        nothingYet,
        stamped(
          [
            ...before,
            {
              ...{ type: 'run-started', run: 'r', cluster: 'demo', command: 'kw up', steps: 2, plan: 'd' },
              owner: 'a@b',
            },
            { type: 'step-done', step: 'w1/file//x', host: 'w1', how: 'mended', seconds: 1 },
            { type: 'step-done', step: `${clusterHost}/api//x`, host: clusterHost, how: 'mended', seconds: 1 },
            { type: 'run-ended', ok, done: 2, failed: 0, blocked: 0, seconds: 2 },
          ].map((body, at) => [at, body as EventBody] as const),
        ),
      ),
      false,
    );
  expect(ended(true)).toBe('done: 2 steps on 1 host in 2.0 s');
  const lost: EventBody = { type: 'host-lost', host: 'w3', failure: { class: 'unreachable', message: 'no route' } };
  expect(ended(false, [lost])).toContain('not done: 2 of 2 steps in 2.0 s, not reached: w3');
});

test('of a backup without encrypted Secrets it is not said that Secrets lie in it', () => {
  const record = { size: 4.2e6, revision: 3, keys: 475, etcd: '3.7.3', seconds: 1, compared: true, encryption: [] };
  const took = { host: 'cp1', path: '/x/manual.db', record, bundle: undefined } as unknown as Took;
  expect(tookText(took)).toContain('no Secret in it is encrypted: it holds none, or whoever has the file has them');
});

const newKey = {
  host: { name: 'bastion' },
  name: '10.88.1.16',
  type: 'ssh-ed25519',
  fingerprint: `SHA256:${'x'.repeat(43)}`,
};

test('a fingerprint is never broken at the edge of a terminal: it is compared letter by letter', () => {
  const keys = [newKey as unknown as Parameters<typeof newKeysText>[0][number]];
  expect(newKeysText(keys, 100)).toContain(`bastion  10.88.1.16  ssh-ed25519  ${newKey.fingerprint}\n`);
  expect(newKeysText(keys, 80)).toContain(`bastion  10.88.1.16  ssh-ed25519\n  ${newKey.fingerprint}\n`);
  expect(
    newKeysText(keys, 80)
      .split('\n')
      .filter(line => line.length > 80),
  ).toEqual([]);
});

test('how ssh reaches a host fits on a screen, however many files of known hosts it reads', () => {
  const files = ['/root/.kubewizard/known_hosts', '/root/.ssh/known_hosts', '/etc/ssh/ssh_known_hosts'];
  const settings = [
    { name: 'port', value: '22', from: 'default' },
    { name: 'known hosts', value: files.join(' '), from: 'default' },
  ];
  const route = { host: { name: 'w1' }, asked: 'w1', files: [], by: 'ssh -G', needs: [], jumps: [], settings };
  const told = routeText(route as unknown as Parameters<typeof routeText>[0]);
  expect(
    told
      .slice(told.indexOf('SETTING'))
      .split('\n')
      .filter(line => line.length > 80),
  ).toEqual([]);
  for (const file of files) expect(told).toContain(file);
});

test('kw init says which hosts will hold etcd where nobody has said it', () => {
  const roles = (...own: readonly ('etcd' | 'controlPlane' | 'worker')[]) => own;
  expect(
    dealtText([
      ...['cp1', 'w1', 'w2'].map(name => ({ name, roles: roles('etcd', 'controlPlane') })),
      { name: 'prod-004', roles: roles('worker') },
    ]),
  ).toBe(
    'roles, by the number of hosts since none were given:\n' +
      '  control planes with etcd: cp1, w1, w2\n  workers: prod-004\n',
  );
});

test('Ctrl-C at a question about a key or a password ends the command; no is an answer', async () => {
  const keys = [newKey as unknown as Parameters<typeof newKeysText>[0][number]];
  const sudo = { user: 'ops', hosts: ['a'], refused: false };
  const pressed = async (letter: string, question: (person: Terminal, cancelled: () => void) => Promise<unknown>) => {
    const person = { input: new PassThrough(), output: new PassThrough() };
    let ended = false;
    const answer = question(person, () => {
      ended = true;
    });
    person.input.write(letter);
    return { answer: await answer, ended };
  };
  expect(await pressed('\x03', (person, end) => ask(person, end)(keys))).toEqual({ answer: false, ended: true });
  expect(await pressed('n', (person, end) => ask(person, end)(keys))).toEqual({ answer: false, ended: false });
  expect(await pressed('\x03', (person, end) => askPassword(person, end)(sudo))).toEqual({ ended: true });
});

type Terminal = Parameters<typeof ask>[0];

/** What control planes remember of hosts that leave, by the scripts themselves, and who is taken for one that leaves. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Reached, Removed } from '../../src/blueprint/input.js';
import { leftHosts, networkPeers } from '../../src/blueprint/render/paths.js';
import { forgets, remembers } from '../../src/blueprint/reset/forget.js';
import { nodeStanding } from '../../src/facts/node-standing.js';
import { fields } from '../../src/facts/host/fields.js';
import { builtScript, readBuilt } from '../../src/facts/host/built.js';
import type { Resource } from '../../src/model/resource.js';
import { commonAccess, removedAs } from '../../src/plan/leaving.js';
import type { CommandWant } from '../../src/resources/wants.js';

const peer = { name: 'w-4', address: '10.0.0.4', podCidr: '10.244.3.0/24' };
const one: Removed = { ...peer, node: 'ready', reached: { is: 'empty' } };

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kw-leave-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const run = (script: string): string => {
  const here = script
    .replaceAll(leftHosts, join(root, 'left'))
    .replaceAll(networkPeers, join(root, 'peers'))
    .replaceAll('/var/lib/kubewizard', root)
    .replaceAll('/etc/systemd/system/kube-apiserver.service', root);
  const { status, stdout, stderr } = spawnSync('sh', ['-c', here], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trim();
};
const command = (resource: Resource): CommandWant => resource.want as CommandWant;

describe('a host that leaves is remembered', () => {
  test('from before anything of it goes until its routes and its files are gone', () => {
    const [leaves, left] = [command(remembers('a', one)), command(forgets('a', 'w-4', []))];
    writeFileSync(join(root, 'peers'), 'w-40 10.0.0.40 10.244.9.0/24 v m\nw-4 10.0.0.4 10.244.3.0/24 v m\n');
    expect([run(leaves.unless), run(left.unless)]).toEqual(['it is not written down yet', 'it has a route']);
    run(leaves.run);
    expect(run(leaves.unless)).toBe('');
    expect(readFileSync(join(root, 'left/w-4'), 'utf8')).toMatch(/^10\.0\.0\.4 10\.244\.3\.0\/24 \d{10}\n$/);
    writeFileSync(join(root, 'peers'), 'w-40 10.0.0.40 10.244.9.0/24 v m\n');
    expect(run(left.unless)).toBe('it is remembered');
    run(left.run);
    expect([run(left.unless), existsSync(join(root, 'left'))]).toEqual(['', false]);
  });

  test('one that is back in the file has its route, and is forgotten all the same', () => {
    const back = command(forgets('a', 'w-4', [], { isBack: true }));
    writeFileSync(join(root, 'peers'), 'w-4 10.0.0.4 10.244.3.0/24 v m\n');
    expect(run(back.unless)).toBe('');
    run(command(remembers('a', one)).run);
    expect(run(back.unless)).toBe('it is remembered');
    run(back.run);
    expect(run(back.unless)).toBe('');
  });

  test('and read again as a fact; what makes no sense is nobody', () => {
    run(command(remembers('a', one)).run);
    writeFileSync(join(root, 'left/lies'), '10.0.0.5;reboot 10.244.3.0/24 1\n');
    writeFileSync(join(root, 'left/more'), '10.0.0.5 10.244.3.0/24 soon\n');
    const text = run(builtScript);
    expect(readBuilt(text, fields(text))?.left).toEqual([{ ...peer, since: expect.any(Number) }]);
  });
});

describe('who is taken out of the cluster', () => {
  const [here, away]: readonly Reached[] = [{ is: 'empty' }, { is: 'unseen', why: 'no route to host' }];
  if (!here || !away) throw new Error('two');
  const node = (ready: boolean, ...addresses: readonly string[]) => ({ is: 'node', ready, addresses }) as const;

  test.each([
    ['a Node that is Ready is drained', node(true, peer.address), here, false, 'ready'],
    ['one that is not has no pods that would ever end', node(false, peer.address), away, false, 'away'],
    ['a Node of that name at another address is somebody else', node(true, '10.0.0.77'), here, false, undefined],
    ['while the API does not answer nobody goes', { is: 'unseen' } as const, here, true, undefined],
    ['one that was removed by hand, and is there', { is: 'absent' } as const, here, false, 'absent'],
    ['one that was removed by hand, and is away', { is: 'absent' } as const, away, false, undefined],
    ['one that was begun with, and is away', { is: 'absent' } as const, away, true, 'absent'],
  ] as const)('%s', (_, standing, reached, begun, expected) => {
    expect(removedAs(peer, standing, reached, begun)?.node).toBe(expected);
  });

  test('what the API says of a Node', () => {
    const parse = (body: unknown, status = 200) => nodeStanding('w-4').parse(JSON.stringify({ status, body }));
    const status = (ready: string) => ({
      status: {
        conditions: [{ type: 'Ready', status: ready }],
        addresses: [
          { type: 'Hostname', address: 'w-4' },
          { type: 'InternalIP', address: '10.0.0.4' },
        ],
      },
    });
    expect(parse(status('True'))).toEqual(node(true, '10.0.0.4'));
    expect(parse(status('Unknown'))).toEqual(node(false, '10.0.0.4'));
    expect(parse({}, 404)).toEqual({ is: 'absent' });
    expect([parse({}, 403), parse('x'), nodeStanding('w-4').parse('no')]).toEqual([
      { is: 'unseen' },
      { is: 'unseen' },
      { is: 'unseen' },
    ]);
  });

  test('it is reached as all hosts of the file are, where they agree', () => {
    const host = (ssh: object) => ({ name: '', address: '', roles: [], labels: {}, taints: [], ssh });
    const hosts = [
      host({ user: 'ops', port: 22, hostKey: 'a', key: 'k' }),
      host({ user: 'ops', port: 2222, hostKey: 'b', key: 'k' }),
    ];
    expect(commonAccess({ hosts })).toEqual({ user: 'ops', key: 'k' });
  });
});

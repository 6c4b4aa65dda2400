/** Whatever a person's configuration and the cluster file say, no host is given the agent, a display or a tunnel. */
import { expect, test } from 'vitest';
import { wordsFor } from '../../src/transport/ssh/openssh-words.js';
import type { Route } from '../../src/transport/ssh/route.js';

const route = (name: string, jumps: readonly Route[] = [], config?: Route['options']['config']): Route => {
  const host = {
    name,
    address: '10.0.0.1',
    roles: ['worker'],
    ssh: { address: '10.0.0.1' },
  } as unknown as Route['host'];
  return {
    host,
    asked: name,
    target: { ...host, ssh: { ...host.ssh, user: 'root', port: 22 } },
    options: { knownHosts: { files: ['/k'] }, ...(config === undefined ? {} : { config }) } as Route['options'],
    jumps,
    needs: [],
    settings: [],
    files: [],
    by: 'test',
  };
};

const own = { home: '/home/anna', env: {} };
const refusals = ['ForwardAgent=no', 'ForwardX11=no', 'Tunnel=no', 'PermitLocalCommand=no', 'AddKeysToAgent=no'];

test.each([
  ['no configuration', route('kw-1')],
  ["the person's own configuration", route('kw-1', [], own)],
  ['a file of configuration', route('kw-1', [], { ...own, file: '/home/anna/ssh' })],
  [
    'a pinned key',
    { ...route('kw-1'), host: { ...route('kw-1').host, ssh: { hostKey: 'ssh-ed25519 AAAA' } } as never },
  ],
  ['two hosts on the way', route('kw-1', [route('a'), route('b')], own)],
] as const)('with %s', (_, way) => {
  const words = wordsFor(way, { directory: '/d' });
  const proxy = words.find(word => word.startsWith('ProxyCommand='));
  expect(proxy !== undefined).toBe(way.jumps.length > 0);
  for (const refusal of refusals) {
    // ssh takes the first value that it meets, and the command line comes before every file.
    expect(words[words.indexOf(refusal) - 1]).toBe('-o');
    expect(words.filter(word => word.startsWith(refusal.replace(/no$/, '')))).toEqual([refusal]);
    if (proxy !== undefined) expect(proxy.split(refusal).length - 1).toBe(way.jumps.length);
  }
});

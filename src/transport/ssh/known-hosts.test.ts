import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hopsOf } from './jump.js';
import { hostKey } from './host-key.js';
import { keysFor, serverName } from './known-hosts.js';
import type { Host } from '../../model/cluster.js';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPZ5O0oGSBfjIFz9D0Z9mJCVbTKzD1HbfzXhHzqKbqxv';
const lines = (name: string, text: string) =>
  keysFor(name, text, 'f').map(each => `${each.line}${each.revoked ? ' revoked' : ''}`);

test('patterns, negation, lists, ports, markers and comments mean what sshd(8) says', () => {
  const text = [
    `# c`,
    `a,b ${key}`,
    `*.example ${key} comment`,
    `!x.example,*.example ${key}`,
    `[a]:2222 ${key}`,
    `@revoked * ${key}`,
    `@cert-authority * ${key}`,
    `h? ${key}`,
    `A ${key}`,
    `a ssh-rsa ${key.split(' ')[1]}`,
    `a ssh-ed25519 notbase64!`,
    'a',
    '',
  ].join('\n');
  expect(lines('a', text)).toEqual(['2', '6 revoked', '9']);
  expect(lines('x.example', text)).toEqual(['3', '6 revoked']);
  expect(lines('y.example', text)).toEqual(['3', '4', '6 revoked']);
  expect(lines(serverName('a', 2222), text)).toEqual(['5', '6 revoked']);
  expect(lines('h1', text)).toEqual(['6 revoked', '8']);
});

test('no text makes it throw, no bytes make a key that was not there', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, name) => {
      keysFor(name, `${text}\n${name} ${text}`, 'f');
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), bytes => {
      hostKey(Buffer.from(bytes));
    }),
  );
});

test('jump hosts are read as ssh reads them; the user and key of the host serve where none is named', () => {
  const host: Host = {
    name: 'n',
    address: '10.0.0.1',
    roles: [],
    labels: {},
    taints: [],
    ssh: { user: 'kw', port: 2222, key: '/k', hostKey: 'x', jump: '-' },
  };
  const hop = (jump: string) => hopsOf({ ...host, ssh: { ...host.ssh, jump } }, undefined)[0];
  expect(hop('u@gate:22022')).toMatchObject({ address: 'gate', ssh: { user: 'u', port: 22022, key: '/k' } });
  expect(hop('[fd00::1]')).toMatchObject({ address: 'fd00::1', ssh: { user: 'kw', key: '/k' } });
  const { jump: _, ...ssh } = host.ssh;
  expect(hopsOf({ ...host, ssh }, 'a,u@b:22').map(each => each.ssh)).toEqual([{}, { user: 'u', port: 22 }]);
  expect(hopsOf({ ...host, ssh }, 'none')).toEqual([]);
});

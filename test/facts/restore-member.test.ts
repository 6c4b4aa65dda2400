import { expect, test } from 'vitest';
import { readRestoreMember } from '../../src/facts/restore-member.js';

const digest = 'ab'.repeat(32);
const whole = `running=20261128T230606Z-abababababab ${digest} kw-3,kw-1
etcd=3.6.8
mount=/var/lib/etcd
members=kw-1=https://10.0.0.11:2380,kw-2=https://[fd00::12]:2380
unmounted=yes
data=yes
quorum=yes
client=10.0.0.12:41234
client=[::ffff:10.0.0.12]:41236
client=[fd00::9]:41234
client=127.0.0.1:4
end=yes
`;

test('all that a host of etcd says is read', () => {
  expect(readRestoreMember(whole)).toEqual({
    running: { run: '20261128T230606Z-abababababab', sha256: digest, members: ['kw-1', 'kw-3'] },
    etcd: '3.6.8',
    unmounted: '/var/lib/etcd',
    data: true,
    quorum: true,
    members: [
      { name: 'kw-1', address: '10.0.0.11' },
      { name: 'kw-2', address: 'fd00::12' },
    ],
    clients: ['10.0.0.12', 'fd00::9', '127.0.0.1'],
  });
});

test('a blank host has nothing, and says so', () => {
  const nothing = { data: false, quorum: false, members: [], clients: [] };
  expect(readRestoreMember('etcd=\nend=yes\n')).toEqual(nothing);
});

test.each(['$(reboot)', `20261128T230606Z-abababababab ${digest}`, `x ${digest} kw-1`, ''])(
  'a restore that is under way and cannot be told is not none: %s',
  text => {
    expect(readRestoreMember(`running=${text}\nend=yes\n`).running).toBe('unreadable');
  },
);

test('what broke off is unreadable, and nonsense is left out', () => {
  expect(() => readRestoreMember('data=yes\n')).toThrow();
  const odd = readRestoreMember('etcd=3.6.8; reboot\nmembers=$(x)=https://1.2.3.4:1,y=z\nclient=$(x)\nend=yes\n');
  expect(odd).toEqual({ data: false, quorum: false, members: [], clients: [] });
});

test('what is overlong is no address, and costs no time', () => {
  const long = '1:'.repeat(200_000);
  const began = process.cpuUsage().user;
  const odd = readRestoreMember(`members=kw-1=https://${long}\nclient=${long}x\nend=yes\n`);
  expect([odd.members, odd.clients]).toEqual([[], []]);
  expect(process.cpuUsage().user - began).toBeLessThan(2_000_000);
});

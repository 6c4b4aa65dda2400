import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { health } from '../../src/facts/health.js';
import { sh } from '../../src/shell/sh.js';

const recorded = `1000.50
Id=etcd.service
ActiveState=active
SubState=running
NRestarts=2
ActiveEnterTimestampMonotonic=900500000
ActiveExitTimestampMonotonic=890000000

Id=kubelet.service
ActiveState=failed
SubState=failed
NRestarts=0
ActiveEnterTimestampMonotonic=0
ActiveExitTimestampMonotonic=0

`;

test('each component gets the answer of its own probe, also where answers have no end of line', () => {
  const fact = health([
    { unit: 'etcd.service', probe: sh`printf ok` },
    { unit: 'kubelet.service', probe: sh`printf "connection\\nrefused"` },
  ]);
  if (fact.question.ask !== 'host') throw new Error('health asks a host');
  const script = fact.question.script
    .replace(/^systemctl show.*$/m, `cat <<'EOR'\n${recorded.slice(8)}EOR`)
    .replace(/^cut .*$/m, 'echo 1000.50');
  expect(fact.parse(execFileSync('sh', { input: script, encoding: 'utf8' }))).toEqual([
    { unit: 'etcd.service', active: 'active', sub: 'running', restarts: 2, since: 100, answer: 'ok' },
    {
      unit: 'kubelet.service',
      active: 'failed',
      sub: 'failed',
      restarts: 0,
      answer: 'connection\nrefused',
    },
  ]);
});

test('an answer without uptime is unreadable', () => expect(() => health([]).parse('')).toThrow('no uptime'));

test.each([
  ['runs', 'active', 'ActiveEnterTimestampMonotonic=900000000\nActiveExitTimestampMonotonic=100000000', 100],
  [
    'is started again and again',
    'activating',
    'ActiveEnterTimestampMonotonic=1\nActiveExitTimestampMonotonic=100000000',
    900,
  ],
  ['never ran', 'activating', 'ActiveEnterTimestampMonotonic=0\nActiveExitTimestampMonotonic=0', undefined],
])('since when a unit %s', (_, active, times, since) => {
  const text = `1000.0\nId=x.service\nActiveState=${active}\nSubState=y\nNRestarts=9\nStateChangeTimestampMonotonic=999000000\n${times}\n`;
  expect(health([]).parse(text)[0]?.since).toBe(since);
});

/** What etcd 3.4 really answers, read by the shell that runs on hosts. A stand-in for curl gives the answers. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { roomMade } from '../../src/clinic/cases/etcd/etcd-nospace/room.js';
import { baseChart } from './fixture.js';

const lookAt = (answer: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'kw-curl-'));
  try {
    writeFileSync(join(folder, 'curl'), `#!/bin/sh\nprintf %s '${answer}'\n`);
    chmodSync(join(folder, 'curl'), 0o755);
    const host = baseChart('five').hosts.get('kw-1');
    if (!host) throw new Error('no kw-1');
    const { unless: read } = roomMade(host, 'https://192.0.2.11:2379', [], []).want as { readonly unless: string };
    return execFileSync('sh', ['-c', read], {
      env: { PATH: `${folder}:${process.env.PATH}` },
      encoding: 'utf8',
    }).trim();
  } finally {
    rmSync(folder, { recursive: true });
  }
};

test.each([
  ['{}', ''],
  ['{"header":{"revision":"7"}}', ''],
  ['{"alarms":[{"memberID":"1","alarm":"NOSPACE"}]}', 'alarm NOSPACE'],
  ['curl: (7) Failed to connect', 'etcd does not answer'],
])('etcd answers %s about its alarms', (answer, left) => {
  expect(lookAt(answer)).toBe(left);
});

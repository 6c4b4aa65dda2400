/** What a host says of its member of etcd: the lines that its files give, made by the script's own sed, and read. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hostFacts } from '../../src/facts/host.js';
import type { HostFacts } from '../../src/model/host-facts.js';

const base = 'hostname=a\ncgroup=v2\ninterface=eth0\nresolvConf=/etc/resolv.conf\n';
const fact = hostFacts('10.0.0.1');
const all = fact.question.ask === 'host' ? fact.question.script : '';
const start = all.indexOf('[ ! -d /var/lib/etcd/member ]');
const part = all.slice(start, all.indexOf('[ ! -e /var/lib/kubelet/pki', start));

/** The part of the script that asks for etcd, on a host with these files. */
const seen = (files: Readonly<Record<string, string>>): HostFacts => {
  const root = mkdtempSync(join(tmpdir(), 'kw-facts-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const script = part.replaceAll(/ \/(var|etc|usr)\//g, ` ${root}/$1/`);
    const { stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return fact.parse(base + stdout);
  } finally {
    rmSync(root, { recursive: true });
  }
};

const data = { '/var/lib/etcd/member/snap/db': 'x' };
const unit = {
  '/etc/systemd/system/etcd.service': 'ExecStart=/x/etcd \\\n  --initial-cluster=a=https://10.0.0.1:2380 \\\n  --y=1\n',
};
const mark = {
  '/etc/kubernetes/etcd-member': 'cluster=1\nmember=2\nmembers=a=https://10.0.0.1:2380,b=https://10.0.0.2:2380\n',
};
const [one, two] = ['a=https://10.0.0.1:2380', 'a=https://10.0.0.1:2380,b=https://10.0.0.2:2380'];

test.each([
  ['nothing', {}, { etcdDataExists: false, etcdMembers: '' }],
  ['a unit, and no data', unit, { etcdDataExists: false, etcdMembers: '' }],
  ['data alone', data, { etcdDataExists: true, etcdMembers: '' }],
  ['data and a unit', { ...data, ...unit }, { etcdMembers: one, etcdInitial: one }],
  [
    'what is recorded counts more',
    { ...data, ...unit, ...mark },
    { etcdMembers: two, etcdInitial: one, lived: ['member'] },
  ],
  ['a mark of an older kw', { ...data, ...unit, '/etc/kubernetes/etcd-member': 'cluster=1\n' }, { etcdMembers: one }],
  ['a mark, and no data', mark, { etcdDataExists: false, etcdMembers: '', lived: ['member'] }],
  ['a member that was begun', { '/usr/local/lib/kubewizard/etcd-member': '#!/bin/sh\n' }, { etcdOurs: true }],
] as const)('%s', (_, files, says) => {
  expect(seen(files)).toMatchObject(says);
});

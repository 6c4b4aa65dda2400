/**
 * A disk of etcd that is not mounted at boot must not look like a member that never ran: its unit waits for every
 * folder in which its own words say that there are data, and asks the member's mark before it starts, whoever starts it.
 */
import { describe, expect, test } from 'vitest';
import { reveal } from '../../src/model/content.js';
import type { FileWant } from '../../src/resources/wants.js';
import { data, found, resourcesOf, specOf } from './paper-host.js';

const path = '/etc/systemd/system/etcd.service';
const three = specOf('etcd, controlPlane', 'etcd, controlPlane', 'etcd, controlPlane');
const walled = {
  ...three,
  components: {
    ...three.components,
    etcd: { ...three.components.etcd, extraArgs: { ...three.components.etcd.extraArgs, 'wal-dir': '/disk/wal' } },
  },
};

const linesOf = (text: string): ReadonlyMap<string, readonly string[]> => {
  const all = new Map<string, string[]>();
  for (const line of text.replaceAll('\\\n', ' ').split('\n')) {
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) all.set(key, [...(all.get(key) ?? []), value]);
  }
  return all;
};

describe.each([
  ['a first build', three, []],
  ['a cluster that has lived', three, [data, data, data]],
  ['a log on a disk of its own', walled, [data, data, data]],
] as const)('%s', (_, spec, facts) => {
  test.each(['kw-1', 'kw-2', 'kw-3'])('the unit of %s', host => {
    const all = resourcesOf(spec, facts.length > 0, ...facts);
    const text = reveal((found(all, host, path).want as FileWant).content, String);
    const lines = linesOf(text);
    const start = (lines.get('ExecStart') ?? []).join(' ');
    const folders = [...start.matchAll(/--(?:data|wal)-dir[= ]'?"?([^\s'"]+)/g)].map(([, folder = '']) => folder);
    expect(folders).toEqual(spec === walled ? ['/var/lib/etcd', '/disk/wal'] : ['/var/lib/etcd']);
    const mounts = (lines.get('RequiresMountsFor') ?? []).flatMap(value => value.split(' '));
    expect(mounts).toEqual(folders);
    // systemd reads it in [Unit] alone, and starts nothing whose ExecStartPre has failed.
    expect(text.indexOf('RequiresMountsFor=')).toBeLessThan(text.indexOf('[Service]'));
    const [first = ''] = lines.get('ExecStartPre') ?? [];
    expect(first).toMatch(/^\+?\/usr\/local\/lib\/kubewizard\/etcd-member hold$/);
  });
});

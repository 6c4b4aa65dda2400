import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Restore } from '../../src/blueprint/restore/paths.js';
import { wayBackPlaced } from '../../src/blueprint/restore/exchange.js';
import { restored } from '../../src/blueprint/restore/restore.js';
import { idOf, type Resource, type ResourceId } from '../../src/model/resource.js';
import type { CommandWant } from '../../src/resources/wants.js';
import { readCluster } from '../../src/spec/index.js';

const specOf = (hosts: number) => {
  const text = `name: prod
kubernetes: 1.36.3
endpoint: {address: 10.0.0.100}
hosts:
${Array.from({ length: hosts }, (_, at) => `  - {name: kw-${at + 1}, address: 10.0.0.${at + 11}}`).join('\n')}
`;
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};

const restoreOf = (hosts: number): Restore => {
  const spec = specOf(hosts);
  return {
    spec,
    run: '20261128T230606Z-abababababab',
    sha256: 'ab'.repeat(32),
    keys: 7,
    revision: 42,
    members: spec.hosts.filter(({ roles }) => roles.includes('etcd')),
    controlPlanes: spec.hosts.filter(({ roles }) => roles.includes('controlPlane')),
    nodes: spec.hosts,
  };
};

/** All that must have converged before it. */
const behind = (all: readonly Resource[]) => {
  const known = new Map(all.map(one => [idOf(one), one]));
  const of = (id: ResourceId, seen = new Set<ResourceId>()): ReadonlySet<ResourceId> => {
    for (const before of known.get(id)?.after ?? []) if (!seen.has(before)) of(before, seen.add(before));
    return seen;
  };
  return of;
};

describe.each([1, 3, 5, 7])('the order of a restore on %i hosts', hosts => {
  const restore = restoreOf(hosts);
  const all = restored(restore);
  const before = behind(all);
  const ids = (name: string): readonly ResourceId[] =>
    all.filter(({ key }) => key === `restore-${name}`).map(one => idOf(one));
  const must = (name: string, earlier: string): void => {
    for (const id of ids(name)) for (const other of ids(earlier)) expect([...before(id)]).toContain(other);
  };

  test('nothing is stopped before every member has restored it beside its data', () => must('stopped', 'prepared'));
  test('no data are exchanged while an API server runs', () => must('exchanged', 'stopped'));
  test('no etcd starts while another one has the old data', () => must('started', 'exchanged'));
  test('no API server starts before every member holds as much as the backup', () => must('serving', 'started'));
  test('no controller acts while an API server has an old cache', () => must('controlled', 'serving'));
  test('nodes ask again when there is somebody to ask', () => must('renewed', 'controlled'));
  test('names are asked for anew when nodes are', () => must('resolving', 'renewed'));
  test('it is over when everything else is', () => {
    for (const { key } of all) if (key !== 'restore-ended') must('ended', key.replace('restore-', ''));
  });
  test('every host has its part, and only the exchange puts data at risk', () => {
    expect(ids('prepared')).toHaveLength(restore.members.length);
    expect(ids('renewed')).toHaveLength(restore.nodes.length);
    for (const { key, want } of all) expect((want as CommandWant).risk === 'data').toBe(key === 'restore-exchanged');
  });
  test('every member is told the same members, and a token of this run alone', () => {
    const lists = all
      .filter(({ key }) => key === 'restore-prepared')
      .map(({ want }) => /--initial-cluster (\S+)\s+--initial-cluster-token (\S+)/.exec((want as CommandWant).run));
    expect(new Set(lists.map(found => found?.[1])).size).toBe(1);
    expect(new Set(lists.map(found => found?.[2]))).toEqual(new Set([`prod-${restore.run}`]));
  });
});

const run = restoreOf(1).run;
const kept = `etcd/.kw-before-${run}`;
const marks = `own/restore/${run}`;

/** A host's folders, on which scripts run with a `systemctl` that does as told. */
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kw-exchange-'));
  mkdirSync(join(dir, 'kubernetes'));
  mkdirSync(join(dir, marks), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const inside = (script: string): string =>
  script
    .replaceAll('/var/lib/etcd', join(dir, 'etcd'))
    .replaceAll('/var/lib/kubewizard', join(dir, 'own'))
    .replaceAll('/etc/kubernetes', join(dir, 'kubernetes'));

/** `die`: killed as the command of this number begins; 0: not at all. False: it did not end well. */
const played = (script: string, die = 0): boolean => {
  const counted = (name: string, act: string): string =>
    `${name}() { n=$(cat ${dir}/n); echo $((n + 1)) >${dir}/n; [ "$n" -ne ${die} ] || kill -9 $$; ${act}; }`;
  writeFileSync(join(dir, 'n'), '1');
  const commands = ['mv', 'mkdir', 'cp', 'rm', 'chmod', 'sync'].map(name => counted(name, `command ${name} "$@"`));
  const systemctl = counted('systemctl', `echo "$*" >>${dir}/systemctl; case $1 in is-active) return 3 ;; esac`);
  try {
    execFileSync('/bin/sh', ['-c', [...commands, systemctl, script].join('\n')], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
};

const exchange = (die = 0): boolean => {
  const [one] = restored(restoreOf(3)).filter(({ key }) => key === 'restore-exchanged');
  if (!one) throw new Error('nothing exchanges the data');
  return played(inside((one.want as CommandWant).run), die);
};

/** Its own text, as it was placed before anything was stopped. */
const wayBack = (die = 0): boolean => {
  const restore = restoreOf(3);
  const [host] = restore.members;
  if (!host) throw new Error('no member');
  const path = join(dir, marks, 'way-back');
  if (!existsSync(path) && !played(inside(wayBackPlaced(restore, host)))) throw new Error('it was not placed');
  return played(readFileSync(path, 'utf8'), die);
};

const data = (what: string, where: string): void => {
  mkdirSync(join(dir, where, 'member/snap'), { recursive: true });
  writeFileSync(join(dir, where, 'member/snap/db'), what);
};
const db = (where: string): string => readFileSync(join(dir, where, 'member/snap/db'), 'utf8');
const isThere = (path: string): boolean => existsSync(join(dir, path));
const prepared = (): void => {
  data('old', 'etcd');
  data('new', 'etcd/.kw-restored');
  writeFileSync(join(dir, 'kubernetes/etcd-member'), 'cluster=1');
  writeFileSync(join(dir, 'own/restore/running'), 'x');
  for (const mark of ['prepared', 'stopped']) writeFileSync(join(dir, marks, mark), '');
};

describe('the exchange, killed at each of its commands and run again', () => {
  test.each(Array.from({ length: 16 }, (_, at) => at + 1))('at command %i', die => {
    prepared();
    if (exchange(die)) expect(die).toBeGreaterThan(9);
    expect(exchange()).toBe(true);
    expect(exchange()).toBe(true);
    expect([db('etcd'), db(kept)]).toEqual(['new', 'old']);
    expect(readFileSync(join(dir, kept, 'mark'), 'utf8')).toBe('cluster=1');
  });

  test('an API server that a restarted host has started again is stopped first', () => {
    prepared();
    exchange();
    const [first] = readFileSync(join(dir, 'systemctl'), 'utf8').split('\n');
    expect(first).toBe('stop --no-block kube-apiserver kube-controller-manager kube-scheduler');
  });

  test('a member whose disk is blank keeps nothing, and gets the restored data', () => {
    data('new', 'etcd/.kw-restored');
    expect(exchange()).toBe(true);
    expect(db('etcd')).toBe('new');
    expect(readdirSync(join(dir, kept))).toEqual([]);
  });

  test('data that appear behind its back are not overwritten', () => {
    data('old', 'etcd');
    data('new', 'etcd/.kw-restored');
    mkdirSync(join(dir, kept));
    expect(exchange()).toBe(false);
    expect(db('etcd')).toBe('old');
  });
});

describe('the way back', () => {
  const back = (): void => {
    expect(wayBack()).toBe(true);
    expect(wayBack()).toBe(true);
    expect(db('etcd')).toBe('old');
    expect(readFileSync(join(dir, 'kubernetes/etcd-member'), 'utf8')).toBe('cluster=1');
    expect(readdirSync(join(dir, marks))).toEqual(['way-back']);
    for (const gone of ['own/restore/running', 'etcd/.kw-restored', kept, `${kept}.part`])
      expect(isThere(gone)).toBe(false);
  };

  test.each(Array.from({ length: 14 }, (_, at) => at))(
    'from an exchange that was killed at command %i (0: whole)',
    die => {
      prepared();
      exchange(die);
      back();
    },
  );

  test.each(Array.from({ length: 22 }, (_, at) => at + 1))('killed itself at command %i, and run again', die => {
    prepared();
    exchange();
    if (wayBack(die)) expect(die).toBeGreaterThan(18);
    back();
    // And from there a restore may begin anew, in the same run.
    data('new', 'etcd/.kw-restored');
    expect(exchange()).toBe(true);
    expect([db('etcd'), db(kept)]).toEqual(['new', 'old']);
  });

  test('the restored data are set aside, not deleted', () => {
    prepared();
    exchange();
    back();
    const [aside = ''] = readdirSync(join(dir, 'etcd')).filter(name => name.startsWith('.kw-given-up-'));
    expect(readFileSync(join(dir, 'etcd', aside, 'snap/db'), 'utf8')).toBe('new');
  });

  test('a host that had no data is left without any, and its etcd is not started: it would found a second one', () => {
    data('new', 'etcd/.kw-restored');
    exchange();
    writeFileSync(join(dir, 'systemctl'), '');
    expect(wayBack()).toBe(true);
    expect(isThere('etcd/member')).toBe(false);
    expect(readFileSync(join(dir, 'systemctl'), 'utf8')).not.toContain('start --no-block etcd');
  });
});

/** Two clusters and one control machine: whatever is done with the wrong file is refused, and nothing is written. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CommandSpec } from '../../src/cli/command.js';
import { commands } from '../../src/cli/commands.js';
import { writeSecret } from '../../src/engine/vault/store.js';
import { WorldFailed } from '../../src/model/event.js';
import { createAuthority } from '../../src/pki/issue.js';
import { readCertificates } from '../../src/pki/read.js';
import { readCluster } from '../../src/spec/index.js';
import type { ClusterFile } from '../../src/workflow/cluster-file.js';
import { status } from '../../src/workflow/status.js';
import { up } from '../../src/workflow/up.js';
import { kinds, type World, world } from '../engine/world.js';
import { released } from '../golden/input.js';
import { recordedPorts } from './recorded-ports.js';
import { addressOf, simulated } from './simulated-host.js';
import { stories } from './stories.js';

type Pair = Awaited<ReturnType<typeof createAuthority>>;
const made = (): Promise<Pair> =>
  createAuthority({ commonName: 'kubernetes', days: 10, algorithm: 'ecdsa-p256', now: new Date('2026-01-01') });
const idOf = ({ certPem }: Pair): string => readCertificates(certPem).certificates[0]?.fingerprint ?? '';

let [ours, theirs]: [Pair, Pair] = [] as never;
beforeAll(async () => {
  [ours, theirs] = [await made(), await made()];
});
let open: World | undefined;
afterEach(() => open?.clean());

/** As `facts/host/carried.ts` has hosts say it. */
const carrying = ({ certPem }: Pair, name: string, more: readonly string[] = ['marked=yes']): string =>
  [`ca=${Buffer.from(certPem).toString('base64')}`, `name=${name}`, ...more, 'end=yes', ''].join('\n');
const nothing = 'end=yes\n';

const fileOf = (dir: string, name: string, hosts: readonly string[]): ClusterFile => {
  const text = `apiVersion: kubewizard/v1
kind: Cluster
name: ${name}
kubernetes: 1.29.3
hosts:
${hosts.map((host, n) => `  - { name: ${host}, address: ${addressOf(host)}, roles: [${n === 0 ? 'etcd, controlPlane' : 'worker'}] }`).join('\n')}
`;
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return { spec: checked.value, text, dir, warnings: [] };
};

/** @param carried What each host carries. */
const given = (carried: Readonly<Record<string, string>>, name = 'prod') => {
  const hosts = Object.keys(carried);
  const w = world(hosts.map(host => ({ host, name: 'a', want: { text: 'one' } })));
  open = w;
  const scripts: string[] = [];
  const recorded = recordedPorts({
    answer: () => true,
    connect: async ({ name: host }) => {
      const connection = await simulated(w.host(host), carried[host]);
      return {
        ...connection,
        run: (script, options) => {
          scripts.push(script);
          return connection.run(script, options);
        },
        open: (script, options) => {
          scripts.push(script);
          return connection.open(script, options);
        },
      };
    },
    artifacts: { resolve: async () => released('1.29.3', '1.7.0'), atHand: async () => released('1.29.3', '1.7.0') },
    craft: { kinds, wanted: () => w.resources },
  });
  const dir = join(w.root, 'control-machine', name);
  return { w, dir, file: fileOf(dir, name, hosts), scripts, ...recorded };
};

const digestOf = (folder: string): string =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .sort()
        .map(path => {
          const at = join(folder, path);
          return `${path} ${statSync(at).isFile() ? createHash('sha256').update(readFileSync(at)).digest('hex') : ''}`;
        })
        .join('\n')
    : 'not there';

const refusalOf = async (work: Promise<unknown>): Promise<WorldFailed['failure']> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof WorldFailed)) throw new Error(`not refused: ${String(error)}`);
  expect(error.failure.class).toBe('refused');
  return error.failure;
};

/** They read a cluster file, and speak to no host of it. */
const without: Readonly<Record<string, string>> = {
  mirror: 'asks the file for its version alone',
  'certs renew': 'is for adopted clusters, whose CA is in the file: adopted.test.ts',
  history: 'reads the journals beside the file',
};

const rows = (all: readonly CommandSpec[], before = ''): readonly string[] =>
  all.flatMap(row => [
    ...(row.load && row.fileless !== true ? [`${before}${row.name}`] : []),
    ...rows(row.commands ?? [], `${before}${row.name} `),
  ]);

test('every command of the table that reads a cluster file is tried here', () => {
  const read = rows(commands);
  expect(read.length).toBeGreaterThan(10);
  expect([...Object.keys(stories), ...Object.keys(without)].sort()).toEqual([...read].sort());
});

test('a session of a cluster file is opened in one place, and that one asks whose the hosts are', () => {
  const root = join(import.meta.dirname, '../../src');
  const using = (word: RegExp, folder: string): readonly string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.ts') && word.test(readFileSync(join(root, folder, path), 'utf8')))
      .sort();
  expect(using(/\bopenSession\(/, 'workflow')).toEqual(['story.ts']);
  expect(using(/\bopenUnasked\(/, 'workflow')).toEqual(['clinic/target.ts', 'story.ts']);
  expect(using(/\b(story|ports)\.connect\(/, 'workflow')).toEqual(['adopt.ts', 'story.ts']);
  expect(using(/\b(openSession|openUnasked)\(/, 'cli')).toEqual([]);
});

describe.each(Object.keys(stories))('%s', command => {
  const story = stories[command] as NonNullable<(typeof stories)[string]>;
  const refused = async (shape: ReturnType<typeof given>): Promise<WorldFailed['failure']> => {
    const before = digestOf(join(shape.w.root, 'control-machine'));
    const failure = await refusalOf(story(shape.file, shape.ports));
    expect(failure.message).toContain(idOf(theirs).slice(0, 16));
    expect(digestOf(join(shape.w.root, 'control-machine')), 'nothing is written here').toBe(before);
    expect(shape.scripts.length, 'every host was asked whose it is').toBeGreaterThan(0);
    expect(shape.scripts.filter(script => !script.includes('kw_carried'))).toEqual([]);
    expect(shape.asked).toEqual([]);
    return failure;
  };

  test('an empty folder, and a file of another name with the hosts of a living cluster', async () => {
    const shape = given({
      'kw-1': carrying(theirs, 'other'),
      'kw-2': carrying(theirs, 'other'),
      'kw-3': carrying(theirs, 'other'),
    });
    const { message, help } = await refused(shape);
    expect(message).toContain('cluster other');
    expect(message).toContain('cluster prod');
    expect(help).toContain(`--take-over kw-1=${idOf(theirs).slice(0, 12)}`);
  });

  test('a copied vault, and the right vault beside another cluster of the same name', async () => {
    const shape = given({ 'kw-1': carrying(theirs, 'prod'), 'kw-2': carrying(theirs, 'prod') });
    await writeSecret(shape.dir, 'pki/ca.crt', ours.certPem);
    await writeSecret(shape.dir, 'pki/ca.key', ours.keyPem);
    const { message } = await refused(shape);
    expect(message).toContain(idOf(ours).slice(0, 16));
  });

  test('a cluster that others built', async () => {
    const shape = given({ 'kw-1': carrying(theirs, 'kubernetes', ['etcd=yes']) }, 'kubernetes');
    await refused(shape);
  });

  test('a worker of it as the only host of a new file', () => refused(given({ 'kw-4': carrying(theirs, 'other') })));
});

describe.each(['plan', 'up', 'reset'])('%s', command => {
  const story = stories[command] as NonNullable<(typeof stories)[string]>;
  test('one host of another cluster beside ours and empty ones stops it', async () => {
    const shape = given({ 'kw-1': carrying(ours, 'prod'), 'kw-2': nothing, 'kw-3': carrying(theirs, 'prod') });
    await writeSecret(shape.dir, 'pki/ca.crt', ours.certPem);
    const { message } = await refusalOf(story(shape.file, shape.ports));
    expect(message).toMatch(/: kw-3 carries cluster prod, CA [0-9a-f]{16}\./);
  });

  test('hosts of two clusters of one name in one file, and nothing known', async () => {
    const shape = given({ 'kw-1': carrying(ours, 'prod'), 'kw-3': carrying(theirs, 'prod') });
    const { message } = await refusalOf(story(shape.file, shape.ports));
    for (const each of [ours, theirs]) expect(message).toContain(idOf(each).slice(0, 16));
  });

  test('a bare kubelet that tells nothing', async () => {
    const shape = given({ 'kw-1': nothing, 'kw-2': 'trace=/var/lib/kubelet/pki\nend=yes\n' });
    const { message, help } = await refusalOf(story(shape.file, shape.ports));
    expect(message).toContain('kw-2 carries files of a cluster (/var/lib/kubelet/pki)');
    expect(help).toContain('--take-over kw-2=unidentified');
  });
});

test('a host is taken over by the id that was shown alone, and its keys are not taken for this cluster’s', async () => {
  const shape = given({ 'kw-1': nothing, 'kw-2': carrying(theirs, 'other') });
  const act = (word: string) => up(shape.file, shape.ports, { yes: true, verify: false, takeOver: [word] });
  for (const [word, code] of [
    ['kw-2=deadbeef0000', 'wrong-phrase'],
    ['kw-2', 'wrong-phrase'],
    ['kw-9=deadbeef0000', 'unknown-host'],
  ] as const)
    await expect(act(word)).rejects.toMatchObject({ problems: [{ code }] });
  expect(shape.w.read('kw-2/a')).toBe('');
  expect(await act(`kw-2=${idOf(theirs).slice(0, 12)}`)).toMatchObject({ ended: 'ran', outcome: { ok: true } });
  expect(shape.w.read('kw-2/a')).toBe('one');
  expect(readFileSync(join(shape.dir, 'pki/ca.crt'), 'utf8')).not.toContain(theirs.certPem.slice(100, 200));
});

test('a host that does not say whose it is counts as not seen', async () => {
  const shape = given({ 'kw-1': nothing, 'kw-2': 'ca=' });
  const failure = await up(shape.file, shape.ports, { yes: true, verify: false }).catch((error: unknown) => error);
  expect((failure as WorldFailed).failure.message).toContain('does not say which cluster it belongs to');
  expect(shape.w.read('kw-1/a')).toBe('');
});

test('what signs and keeps is remembered, and a worker is not believed', async () => {
  const shape = given({ 'kw-1': carrying(ours, 'prod'), 'kw-2': carrying(ours, 'prod') });
  await writeSecret(shape.dir, 'pki/ca.crt', ours.certPem);
  await status(shape.file, shape.ports).catch(() => undefined);
  expect(JSON.parse(readFileSync(join(shape.dir, 'identity.json'), 'utf8'))).toEqual({ authorities: [idOf(ours)] });
});

/**
 * What a diagnosis teaches: commands that a shell understands and that run, and the answers that they give (not our own
 * sentence).
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import type { Check } from '../../src/clinic/case.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import type { Finding } from '../../src/clinic/examine/verdict.js';
import { fixturesOf, readFixture } from './fixture.js';

interface Taught {
  readonly of: string;
  readonly check: Check;
  readonly finding: Finding;
  readonly chart: Chart;
}

const taught: Taught[] = [];
let scratch = '';
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'kw-checks-'));
  for (const one of cases)
    for (const file of fixturesOf(one.id)) {
      const { chart } = await readFixture(one.id, file);
      const verdict = one.diagnose(chart);
      for (const finding of verdict.verdict === 'sick' ? verdict.findings : [])
        for (const check of one.verify(finding, chart))
          taught.push({ of: `${one.id}/${finding.variant}`, check, finding, chart });
    }
});
afterAll(() => rmSync(scratch, { recursive: true }));

const those = (bad: (one: Taught) => boolean): readonly string[] => [
  ...new Set(taught.filter(bad).map(one => `${one.of}: ${one.check.command} → ${one.check.answer}`)),
];

test('the answer is what the command says, not the sentence of the diagnosis, and never nothing', () => {
  expect(taught.length).toBeGreaterThan(300);
  expect(
    those(
      ({ check, finding }) =>
        check.answer === finding.says || check.answer.trim() === '' || check.healthy.trim() === '',
    ),
  ).toEqual([]);
});

test('every command is one that a shell can read, without a remark in brackets', () => {
  const commands = [...new Set(taught.map(one => one.check.command))];
  expect(commands.filter(command => / \(or /.test(command))).toEqual([]);
  const wrong = spawnSync('bash', ['-n'], {
    input: commands.map(command => `{\n${command}\n}`).join('\n'),
    encoding: 'utf8',
  });
  expect(wrong.stderr).toBe('');
});

test('etcdctl is told its API and its certificates; openssl is given certificates', () => {
  expect(
    those(
      ({ check }) =>
        /\betcdctl\b/.test(check.command) &&
        !/ETCDCTL_API=3 etcdctl --endpoints=\S+ --cacert=\S+ --cert=\S+ --key=\S+ /.test(check.command),
    ),
  ).toEqual([]);
  expect(those(({ check }) => /openssl x509 [^|]*-in \S+\.conf\b|\bFILE\b|\bCONTAINER\b/.test(check.command))).toEqual(
    [],
  );
  expect(those(({ check }) => /^(ls|cat|grep|sha256sum|df)\b[^|;]* --[a-z]+-[a-z-]+( |$)/.test(check.command))).toEqual(
    [],
  );
});

test('logs are read where they are: the journal, or the container by the runtime of the host', () => {
  expect(taught.some(({ check }) => check.command.startsWith('crictl logs '))).toBe(true);
  expect(taught.some(({ check }) => check.command.includes('journalctl -u '))).toBe(true);
});

/** Commands that read files alone run here, on the files of the fixture in a folder of their own. */
test('what reads files alone runs', () => {
  const done = new Set<string>();
  const failed: string[] = [];
  for (const { of, check, chart } of taught) {
    const key = `${of} ${check.command}`;
    if (done.has(key) || !readsFilesAlone(check.command)) continue;
    done.add(key);
    const root = join(scratch, String(done.size));
    lay(chart, check.host, root);
    const ran = spawnSync('bash', ['-c', check.command.replace(/(?<![\w.])\/(etc|var)\//g, `${root}/$1/`)], {
      encoding: 'utf8',
      cwd: root,
      timeout: 120_000,
    });
    if (
      /unrecognized|invalid option|unknown option|[Uu]nknown cipher|usage:|command not found|syntax error|Could not (open|read|find)/.test(
        ran.stderr,
      )
    )
      failed.push(`${key}: ${ran.stderr.slice(0, 300)}`);
  }
  expect(done.size).toBeGreaterThan(15);
  expect(failed).toEqual([]);
});

const readers = new Set([
  'openssl',
  'grep',
  'ls',
  'awk',
  'base64',
  'cat',
  'sha256sum',
  'tail',
  'head',
  'wc',
  'sort',
  'uniq',
  'tr',
  'cut',
]);

/** Certificates are whole in fixtures; keys never are. */
const readsFilesAlone = (command: string): boolean =>
  !/openssl (s_client|pkey)/.test(command) &&
  command.split(/[|;]/).every(part => readers.has(part.trim().split(' ')[0] ?? '')) &&
  /\/(etc|var)\//.test(command);

const lay = (chart: Chart, name: string, root: string): void => {
  const write = (path: string, text: string): void => {
    const at = join(root, path);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, text);
  };
  mkdirSync(join(root, 'etc/kubernetes/manifests'), { recursive: true });
  const host = chart.hosts.get(name);
  if (!host) return;
  for (const file of 'value' in host.files ? host.files.value : [])
    if (file.text !== undefined && !file.path.endsWith('/')) write(file.path, file.text);
  for (const file of 'value' in host.certificates ? host.certificates.value : [])
    write(file.path, file.certificates.map(one => one.pem).join('\n'));
  for (const one of 'value' in host.kubeconfigs ? host.kubeconfigs.value : [])
    write(
      one.path,
      `clusters:\n- cluster:\n    certificate-authority-data: ` +
        `${Buffer.from(one.ca.map(each => each.pem).join('\n')).toString('base64')}\nusers:\n- user:\n    ` +
        `client-certificate-data: ${Buffer.from(one.client.map(each => each.pem).join('\n')).toString('base64')}\n`,
    );
};

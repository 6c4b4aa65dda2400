/** What one command answers for all must be what each question answers by itself. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as at } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { file } from '../../src/facts/file.js';
import { service } from '../../src/facts/service.js';
import type { Fact } from '../../src/model/fact.js';
import { join, split } from '../../src/shell/questions.js';

const dir = mkdtempSync(at(tmpdir(), 'kw-prefetch-'));
const bin = at(dir, 'bin');
const names = [
  'plain',
  'empty',
  'odd $(touch pwned) `x` "q" \'s\'',
  'glob*',
  'back\\slash',
  'two  spaces',
  'none',
  'link',
  'folder',
  '-dash',
];

beforeAll(() => {
  mkdirSync(bin);
  for (const name of names.slice(0, 6)) writeFileSync(at(dir, name), `of ${name}`);
  writeFileSync(at(dir, 'empty'), '');
  writeFileSync(at(dir, '-dash'), 'a dash');
  chmodSync(at(dir, 'plain'), 0o640);
  symlinkSync(at(dir, 'plain'), at(dir, 'link'));
  mkdirSync(at(dir, 'folder'));
  execFileSync('mkfifo', [at(dir, 'pipe')]);
  writeFileSync(
    at(bin, 'sha256sum'),
    `#!/bin/sh\necho read >> ${dir}/read\nexec ` +
      `${execFileSync('sh', ['-c', 'command -v sha256sum'], { encoding: 'utf8' }).trim()} "$@"\n`,
  );
  chmodSync(at(bin, 'sha256sum'), 0o755);
  // A systemd that answers as the real one does: for several units, an empty line between them, and says how often it
  // was asked.
  writeFileSync(
    at(bin, 'systemctl'),
    `#!/bin/sh
echo asked >> ${dir}/asked
first=yes; id=no; for word; do [ "$word" = Id ] && id=yes; case $word in show|-p|--|*[A-Z]*) continue;; esac
[ $first = yes ] || echo; first=no
[ $id = no ] || echo "Id=$word"; printf 'ActiveState=active\\nSubState=running %s\\nUnitFileState=enabled\\nLoadState=loaded\\nExecMainStartTimestamp=Sun 2026-11-22 21:26:06 UTC\\n' "$word"; done
`,
  );
  chmodSync(at(bin, 'systemctl'), 0o755);
});
afterAll(() => {
  rmSync(dir, { recursive: true });
});

const run = (shell: string, script: string, path = `${bin}:${process.env.PATH}`): string =>
  execFileSync(shell, ['-s'], {
    input: script,
    encoding: 'utf8',
    cwd: dir,
    env: { ...process.env, PATH: path },
    stdio: ['pipe', 'pipe', 'pipe'],
  });

const script = (fact: Fact<unknown>): string => (fact.question.ask === 'host' ? fact.question.script : '');
/** Raw: a step compares answers to the byte. */
const together = (shell: string, facts: readonly Fact<unknown>[], path?: string): readonly string[] => {
  const asked = facts.flatMap(({ id, question }) => (question.ask === 'host' ? [{ ...question, id }] : []));
  const answers = split(run(shell, join(asked, 'abcdefgh1'), path), 'abcdefgh1');
  return facts.map(fact => answers.get(fact.id)?.output ?? '');
};

const files = names.map(name => file(at(dir, name), { sha256: '0'.repeat(64), secret: false, owned: false }));
const secrets = names.map(name => file(at(dir, name), { sha256: '0'.repeat(64), secret: true, owned: false }));

describe.each(['dash', 'bash', 'sh'])('%s', shell => {
  test('files that are asked together are seen as each alone', () => {
    expect(together(shell, files)).toEqual(files.map(fact => run(shell, script(fact))));
    expect(together(shell, secrets)).toEqual(secrets.map(fact => run(shell, script(fact))));
    expect(files.map((fact, index) => [names[index], fact.parse(run(shell, script(fact))).is])).toContainEqual([
      'plain',
      'file',
    ]);
  });

  test('they are read once', () => {
    rmSync(at(dir, 'read'), { force: true });
    together(
      shell,
      files.filter((_, index) => !/\s/.test(names[index] ?? '')),
    );
    expect(run(shell, `wc -l < ${dir}/read`).trim()).toBe(names.some(name => name.includes('\\')) ? '2' : '1');
  });

  test('units too, and systemd is asked once', () => {
    const units = ['a.service', 'b@x.service', 'c.service'].map(unit => service(unit, []));
    const alone = units.map(fact => run(shell, script(fact)));
    rmSync(at(dir, 'asked'), { force: true });
    expect(together(shell, units)).toEqual(alone);
    expect(run(shell, `wc -l < ${dir}/asked`).trim()).toBe('1');
    expect(units.map((unit, index) => unit.parse(alone[index] ?? '').sub)).toEqual([
      'running a.service',
      'running b@x.service',
      'running c.service',
    ]);
  });

  test('a pipe that lies where a file should be is not read', () => {
    const [seen] = together(shell, [file(at(dir, 'pipe'), { sha256: '', secret: false, owned: false }), ...files]);
    expect(seen).toBe('other\n');
  });
});

test('on a host without awk each question asks for itself', () => {
  const poor = at(dir, 'poor');
  mkdirSync(poor);
  for (const tool of ['sh', 'stat', 'sha256sum', 'base64', 'cat'])
    symlinkSync(execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim(), at(poor, tool));
  symlinkSync(at(bin, 'systemctl'), at(poor, 'systemctl'));
  expect(together('/bin/sh', files, poor)).toEqual(files.map(fact => run('/bin/sh', script(fact))));
});

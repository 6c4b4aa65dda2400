import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { artifact } from '../../src/resources/artifact.js';
import { directory } from '../../src/resources/directory.js';
import { file } from '../../src/resources/file.js';
import type { FileWant } from '../../src/resources/wants.js';
import { exists, folder, modeOf, type Folder } from './host.js';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const wanted = (text: string, mode = 0o644): FileWant => ({ content: [text], sha256: digest(text), mode });
const undone = (path: string, want: FileWant): FileWant => file.undo?.(path, want) as FileWant;

let host: Folder;
const program = { name: 'etcd', version: '3.4.23', sha256: digest('new'), size: 3 };
beforeEach(() => {
  host = folder(
    new Map([
      [digest('new'), 'new'],
      [digest('older'), 'older'],
    ]),
  );
});
afterEach(() => host.remove());

describe('file', () => {
  test('L2: once mended, whatever the content, mode and name, it is as wanted', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).map(text => Buffer.from(text).toString()),
        fc.constantFrom(0o600, 0o644, 0o755),
        fc.constantFrom('x', 'a b', "it's", '$HOME', 'é', '-n'),
        (text, mode, name) => {
          const path = host.path(name);
          host.converge(file, path, wanted(text, mode));
          expect(host.see(file, path, wanted(text, mode)).changes).toEqual([]);
          expect(readFileSync(path, 'utf8')).toBe(text);
        },
      ),
      { numRuns: 15 },
    );
  });

  test('a hand-edited file shows its text, a changed mode only the mode', () => {
    const path = host.path('conf');
    host.converge(file, path, wanted('a\nb\n'));
    host.run(`printf 'a\\nc\\n' > ${path}`);
    expect(host.see(file, path, wanted('a\nb\n')).changes).toEqual([
      { verb: 'update', field: 'content', from: 'a\nc\n', to: 'a\nb\n' },
    ]);
    host.converge(file, path, wanted('a\nb\n'));
    host.run(`chmod 600 ${path}`);
    expect(host.converge(file, path, wanted('a\nb\n'))).toEqual([
      { verb: 'update', field: 'mode', from: '0600', to: '0644' },
    ]);
    expect(modeOf(path)).toBe(0o644);
  });

  test('what was there before comes back by a hidden name: a kubelet takes any other for one more pod', () => {
    const path = host.path('pod.yaml');
    writeFileSync(path, 'theirs');
    host.converge(file, path, wanted('ours'));
    host.run(
      'mkdir -p "$ROOT/bin"; printf \'#!/bin/sh\\nfor to; do :; done; echo "$to" >> "$ROOT/copied"; exec /bin/cp ' +
        '"$@"\\n\' > "$ROOT/bin/cp"; chmod +x "$ROOT/bin/cp"',
    );
    host.converge(file, path, undone(path, wanted('ours')));
    expect(readFileSync(path, 'utf8')).toBe('theirs');
    expect(readFileSync(host.path('copied'), 'utf8').trim()).toBe(host.path('.kw-part.pod.yaml'));
  });

  test('the answer stays the same while nothing changes', () => {
    host.converge(file, host.path('conf'), wanted('x'));
    expect(host.see(file, host.path('conf'), wanted('x')).raw).toBe(host.see(file, host.path('conf'), wanted('x')).raw);
  });

  test('a secret never leaves the host, nor do keys in somebody else’s file', () => {
    writeFileSync(host.path('key'), 'planted-secret');
    const want: FileWant = { content: ['x: ', { secret: 'encryption/key' }], sha256: digest('x: new'), mode: 0o600 };
    const { raw, changes } = host.see(file, host.path('key'), want);
    expect(raw + JSON.stringify(changes)).not.toContain('planted');
    writeFileSync(
      host.path('conf'),
      'user: me\npassword = "planted"\n-----BEGIN RSA PRIVATE KEY-----\nplanted\n-----END RSA PRIVATE ' +
        'KEY-----\nauth_pass planted\n',
    );
    const shown = JSON.stringify(host.see(file, host.path('conf'), wanted('new')).changes);
    expect(shown).toContain('user: me');
    expect(shown).not.toContain('planted');
  });

  test.each([0, 1, 2])('the user’s original comes back, also when the first run died after %i actions', limit => {
    const path = host.path('conf');
    writeFileSync(path, 'the user’s', { mode: 0o640 });
    host.converge(file, path, wanted('v1'), limit);
    host.converge(file, path, wanted('v1'));
    host.converge(file, path, wanted('v2'));
    expect(host.converge(file, path, undone(path, wanted('v2')))).toHaveLength(1);
    expect([readFileSync(path, 'utf8'), modeOf(path)]).toEqual(['the user’s', 0o640]);
    expect(host.see(file, path, undone(path, wanted('v2'))).changes).toEqual([]);
    expect(host.see(file, path, { ...wanted('v2'), absent: true }).changes).toEqual([]);
  });

  test('undo takes away what was not there before, and leaves alone what was never ours', () => {
    const [ours, theirs] = [host.path('ours'), host.path('theirs')];
    host.converge(file, ours, wanted('v1'));
    writeFileSync(theirs, 'x');
    host.converge(file, ours, undone(ours, wanted('v1')));
    host.converge(file, theirs, undone(theirs, wanted('v1')));
    expect([exists(ours), exists(theirs)]).toEqual([false, true]);
    expect(file.undo?.(ours, undone(ours, wanted('v1')))).toBeUndefined();
  });

  test('a foreign file that shall not exist goes, again and again, and is kept aside', () => {
    const path = host.path('99-foreign.conf');
    for (const round of [1, 2]) {
      writeFileSync(path, `foreign ${round}`);
      expect(host.converge(file, path, { ...wanted(''), absent: true })).toHaveLength(1);
      expect(exists(path)).toBe(false);
    }
    expect(readFileSync(`${host.root}/kw/removed${path}`, 'utf8')).toBe('foreign 2');
  });

  test('a link is replaced by a file, a directory is refused with its name', () => {
    symlinkSync('/nowhere', host.path('link'));
    expect(host.converge(file, host.path('link'), wanted('x'))[0]).toEqual({
      verb: 'update',
      field: 'content',
      from: 'a link',
      to: 'x',
    });
    expect(readFileSync(host.path('link'), 'utf8')).toBe('x');
    mkdirSync(host.path('dir'));
    expect(() => host.converge(file, host.path('dir'), wanted('x'))).toThrow(/is a directory/);
  });

  test('junk is not an answer', () => {
    fc.assert(
      fc.property(fc.string(), junk => {
        if (/^(absent|link|other)(\n|$)/.test(junk)) return;
        expect(() => file.read('/x', wanted('x')).parse(junk)).toThrow(/\/x/);
      }),
    );
  });
});

describe('directory', () => {
  test('is made, corrected, and taken away only if it was ours', () => {
    const [ours, theirs, want] = [host.path('a/ours'), host.path('theirs'), { mode: 0o700 }];
    mkdirSync(theirs);
    for (const path of [ours, theirs]) host.converge(directory, path, want);
    expect([modeOf(ours), modeOf(theirs)]).toEqual([0o700, 0o700]);
    writeFileSync(`${ours}/data`, 'x');
    for (const path of [ours, theirs]) {
      const undo = directory.undo?.(path, want);
      if (undo) host.converge(directory, path, undo);
    }
    expect([exists(ours), exists(theirs)]).toEqual([false, true]);
  });

  test('removing contents is a risk of data; a short path is never removed', () => {
    const gone = { mode: 0o700, absent: true } as const;
    expect(
      directory.plan(
        '/var/lib/etcd',
        gone,
        directory.diff(gone, { is: 'directory', mode: 0, owner: '', ours: false, empty: false }),
      ).risk,
    ).toBe('data');
    expect(() => directory.plan('/etc', gone, [])).toThrow();
    expect(() => directory.plan('/a/../etc', gone, [])).toThrow();
  });
});

describe('artifact', () => {
  test('is fetched and linked, seen with one glance, fetched again when the store was touched', () => {
    const path = host.path('bin/etcd');
    expect(host.converge(artifact, path, program)).toEqual([
      { verb: 'create', field: 'version', from: undefined, to: expect.stringContaining('3.4.23') },
    ]);
    expect(host.see(artifact, path, program).raw).toBe('linked\nours\nwhole\n');
    host.run(`echo worse > ${host.root}/kw/store/${program.sha256}`);
    expect(host.converge(artifact, path, program)).toEqual([
      { verb: 'update', field: 'stored', from: 'missing or changed', to: expect.anything() },
    ]);
    expect(host.see(artifact, path, program).changes).toEqual([]);
  });

  test('another version is named by its digest; a user’s own program comes back', () => {
    const path = host.path('etcd');
    writeFileSync(path, 'user’s', { mode: 0o755 });
    host.converge(artifact, path, { ...program, sha256: digest('older'), version: '3.3' });
    expect(host.see(artifact, path, program).changes).toEqual([
      { verb: 'update', field: 'version', from: digest('older').slice(0, 12), to: expect.anything() },
    ]);
    host.converge(artifact, path, program);
    host.converge(artifact, path, { ...program, absent: true });
    expect(readFileSync(path, 'utf8')).toBe('user’s');
    expect(host.see(artifact, path, { ...program, absent: true }).changes).toEqual([]);
  });
});

/** A host in a folder: real scripts by a real sh, with the absolute paths of Kubewizard's own led into the folder. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  existsSync,
  lstatSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { reveal } from '../../src/model/content.js';
import type { Action, Change, Kind } from '../../src/model/resource.js';

export interface Folder {
  readonly root: string;
  path(name: string): string;
  run(script: string): { readonly code: number; readonly output: string; readonly out: string };
  see<W, H>(
    kind: Kind<string, W, H>,
    key: string,
    want: W,
  ): { readonly raw: string; readonly changes: readonly Change[]; readonly have: H };
  /** Looks, diffs, mends; gives the changes that were found. Stops after `limit` actions, as a crash would. */
  converge<W, H>(kind: Kind<string, W, H>, key: string, want: W, limit?: number): readonly Change[];
  remove(): void;
}

/** What the control machine would hand out, by digest. */
export type Store = ReadonlyMap<string, string>;

export function folder(store: Store = new Map(), secrets: Readonly<Record<string, string>> = {}): Folder {
  const root = mkdtempSync(join(tmpdir(), 'kw-host-'));
  const led = (text: string): string =>
    text
      .replaceAll('/var/lib/kubewizard', `${root}/kw`)
      .replaceAll('/run/kubewizard', `${root}/run`)
      .replaceAll('/proc/sys/', `${root}/sys/`);
  const run = (script: string) => {
    const { status, stdout, stderr } = spawnSync('sh', ['-s'], {
      input: led(script),
      env: { ...process.env, PATH: `${root}/bin:${process.env.PATH ?? ''}`, ROOT: root },
    });
    return { code: status ?? -1, output: stderr.toString(), out: stdout.toString() };
  };
  const act = (action: Action): void => {
    if (action.do === 'run' || action.do === 'wait') {
      const done = run(action.script);
      if (done.code !== 0) throw new Error(done.output);
    }
    if (action.do === 'put')
      put(
        action.path,
        reveal(action.content, name => secrets[name] ?? ''),
        action.mode,
      );
    if (action.do === 'fetch') fetch(root, led(action.path), action.sha256, store.get(action.sha256) ?? '');
  };
  const see: Folder['see'] = (kind, key, want) => {
    const fact = kind.read(key, want);
    if (fact.question.ask !== 'host') throw new Error('not a question to a host');
    const raw = run(fact.question.script).out;
    const have = fact.parse(raw.replaceAll(`${root}/kw`, '/var/lib/kubewizard'));
    return { raw, have, changes: kind.diff(want, have) };
  };
  return {
    root,
    run,
    see,
    path: name => `${root}/${name}`,
    converge(kind, key, want, limit = Number.POSITIVE_INFINITY) {
      const { changes } = see(kind, key, want);
      if (changes.length > 0) kind.plan(key, want, changes).actions.slice(0, limit).forEach(act);
      return changes;
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function put(path: string, text: string, mode: number): void {
  writeFileSync(`${path}.tmp`, text, { mode });
  chmodSync(`${path}.tmp`, mode);
  renameSync(`${path}.tmp`, path);
}

function fetch(root: string, path: string, sha256: string, text: string): void {
  const stored = `${root}/kw/store/${sha256}`;
  mkdirSync(dirname(stored), { recursive: true });
  writeFileSync(stored, text, { mode: 0o755 });
  writeFileSync(`${stored}.ok`, execFileSync('stat', ['-c', '%s %Y %i', stored]));
  mkdirSync(dirname(path), { recursive: true });
  if (lstatSync(path, { throwIfNoEntry: false })) unlinkSync(path);
  symlinkSync(stored, path);
}

export const modeOf = (path: string): number => statSync(path).mode & 0o7777;
export const exists = (path: string): boolean => existsSync(path);

import type { Prefetch, Fact } from '../model/fact.js';
import { Unreadable } from '../model/fact.js';
import { originalFile, ownMarker } from '../shell/original.js';
import { knownFile } from '../shell/prefetch.js';
import { raw, type Script, sh } from '../shell/sh.js';
import { redact } from '../model/redaction/redact.js';

export type FileState =
  | { readonly is: 'absent' }
  /** A link, a directory, a device: nothing that a file's content can be compared with. */
  | { readonly is: 'link' | 'other' }
  | {
      readonly is: 'file';
      readonly sha256: string;
      readonly mode: number;
      /** `root:root`; a user without a name is a number. */
      readonly owner: string;
      /**
       * Ours: written by Kubewizard. original: the user's own file, back in its place. Only asked where the file shall
       * go.
       */
      readonly whose: 'ours' | 'original' | 'unknown';
      /** Only of a file that differs, holds no secret and is small: at most 64 KiB. */
      readonly text?: string;
    };

export interface FileQuestion {
  /** The wanted digest: content that has it is not printed. */
  readonly sha256: string;
  readonly secret: boolean;
  /** Ask whose it is. */
  readonly owned: boolean;
}

/**
 * A file's digest, mode and owner: two forks, none where all files of a host are asked together. Its content comes
 * along only where it is other than wanted.
 */
export const file = (path: string, { sha256, secret, owned }: FileQuestion): Fact<FileState> => {
  const { before, after, prefetch } = framed(path, owned ? askWhose : secret ? askSecret : askOpen);
  return {
    id: `file:${path}`,
    question: { ask: 'host', script: sh`${raw(before)}${sha256}${raw(after)}`, prefetch },
    parse: output => read(`file:${path}`, output),
  };
};

interface Frame {
  readonly before: Script;
  readonly after: Script;
  readonly prefetch: Prefetch;
}
interface Asking {
  readonly text: Script;
  /** By path. */
  readonly frames: Map<string, Frame>;
}

/** All but the digest, which is the same on thousands of hosts: a plan for them shares it. */
const framed = (path: string, { text, frames }: Asking): Frame => {
  const frame = frames.get(path) ?? {
    before: sh`p=${path} w=`,
    after: sh` k=$${raw(knownFile(path))}\n${raw(text)}`,
    prefetch: { files: [path] },
  };
  frames.set(path, frame);
  return frame;
};

const ask = (more: Script): Asking => ({
  frames: new Map(),
  text: sh`if [ -L "$p" ]; then echo link; elif [ -f "$p" ]; then
[ -n "$k" ] || k="$(stat -c '%a %U:%G %s' "$p") $(sha256sum <"$p")"; set -- $k
echo "file $1 $2 $4"${raw(more)}
elif [ -e "$p" ]; then echo other; else echo absent; fi`,
});
const askSecret = ask(sh``);
const askOpen = ask(sh`\n[ "$4" = "$w" ] || [ "$3" -gt 65536 ] || { echo text; base64 "$p"; }`);
const askWhose = ask(sh`
if [ -e ${raw(ownMarker)} ]; then echo ours; elif [ -e ${raw(originalFile)} ] && cmp -s ${raw(originalFile)} "$p"; \
then echo original; fi`);

function read(id: string, output: string): FileState {
  const [first = '', second, ...rest] = output.split('\n');
  if (first === 'absent' || first === 'link' || first === 'other') return { is: first };
  const found = /^file ([0-7]{1,4}) (\S+) ([0-9a-f]{64})$/.exec(first);
  if (!found) throw new Unreadable(id, output, 'neither absent nor a file with mode, owner and digest');
  const [, mode = '', owner = '', sha256 = ''] = found;
  const state = {
    is: 'file',
    sha256,
    mode: Number.parseInt(mode, 8),
    owner,
    whose: second === 'ours' || second === 'original' ? second : 'unknown',
  } as const;
  return second === 'text'
    ? { ...state, text: hideKeys(Buffer.from(rest.join(''), 'base64').toString('utf8')) }
    : state;
}

/**
 * A file that is wanted without secrets may hold some now (a registry's password in somebody's containerd
 * configuration); a plan shows its old content, so they go before it is a value: by the rules that a chart is held to,
 * and a whole line behind a word that names a secret, since of a file that is shown nothing has to be read.
 */
export const hideKeys = (text: string): string =>
  redact(text.replace(/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(-----END \1-----|$)/g, '<private key>')).replace(
    /^(.*?(?:password|passwd|token|secret|auth_pass|client-key-data|identitytoken|\bauth\b)["']?\s*[:= ]\s*).+$/gim,
    '$1<hidden>',
  );

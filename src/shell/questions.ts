/** Many questions in one script, one round trip: asked by `join`, told apart again by `split`. */
import type { HostQuestion } from '../model/fact.js';
import { prefetch } from './prefetch.js';
import { type Script, scripts, sh } from './sh.js';

/**
 * A host's question under the name by which its answer is found; its script's errors, `exit` and `set` stay its own.
 */
export type NamedQuestion = { readonly id: string } & Omit<HostQuestion, 'ask'>;

export interface Answer {
  readonly output: string;
  readonly code: number;
}

/**
 * The script that answers all questions in their order, each in a subshell with an empty stdin, framed by lines that
 * begin with `nonce`: a random word of letters and digits that no host can know beforehand.
 */
export const join = (questions: readonly NamedQuestion[], nonce: string): Script => {
  if (!/^[A-Za-z0-9]{8,}$/.test(nonce)) throw new Error('a nonce is at least 8 letters and digits');
  return scripts([preamble(nonce), prefetch(questions.flatMap(one => one.prefetch ?? [])), ...questions.map(call)]);
};

/** What was answered, by id. A question whose frame is missing or cut off has no entry: it was not answered. */
export const split = (output: string, nonce: string): Map<string, Answer> => {
  const answers = new Map<string, Answer>();
  // A host knows the nonce: frames without an end must not be looked for to the end of its output, each anew.
  let lost = 0;
  const begin = `\n${nonce}> `;
  let at = 0;
  // A frame always starts with a newline of its own; output keeps all of its newlines, or their absence.
  for (at = output.indexOf(begin, at); at >= 0; at = output.indexOf(begin, at)) {
    const from = output.indexOf('\n', at + begin.length);
    if (from < 0) break;
    const id = output.slice(at + begin.length, from);
    const end = endOf(output, `\n${nonce}< ${id} `, from + 1);
    if (end) answers.set(decode(id), { output: output.slice(from + 1, end.at), code: end.code });
    at = end ? end.next : from;
    if (!end && ++lost > mostLost) break;
  }
  return answers;
};

const mostLost = 10;

// What is not an encoded id was not asked by us; it must not stop the others from being read.
const decode = (id: string): string => {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
};

const endOf = (output: string, mark: string, from: number): { at: number; next: number; code: number } | undefined => {
  const at = output.indexOf(mark, from);
  if (at < 0) return undefined;
  const code = /^(\d{1,3})\n/.exec(output.slice(at + mark.length, at + mark.length + 4));
  // The newline after the code stays: it may begin the next frame's search, never its frame.
  return code ? { at, next: at + mark.length + (code[1]?.length ?? 0), code: Number(code[1]) } : undefined;
};

const preamble = (nonce: string): Script => sh`kw_end() { printf '\\n%s< %s %d\\n' ${nonce} "$1" "$2"; }
kw_ask() { printf '\\n%s> %s\\n' ${nonce} "$1"; ( eval "$2" ) </dev/null; kw_end "$1" $?; }
kw_timed() { if command -v timeout >/dev/null 2>&1; then timeout -k 1 "$1" sh -c "$2"; else ( eval "$2" ); fi; }
kw_bounded() {
  printf '\\n%s> %s\\n' ${nonce} "$1"
  { kw_code=$( { { ( eval "$2" ) </dev/null 3>&- 4>&-; echo $? >&3; } | head -c "$3" >&4 3>&-; } 3>&1 ); } 4>&1
  kw_end "$1" "\${kw_code:-141}"
}`;

// A word of argv ends at 128 KiB (MAX_ARG_STRLEN, execve(2)), and a timed script is one.
const longestTimed = 120_000;

const call = ({ id, script, seconds, bytes }: NamedQuestion): Script => {
  if (seconds !== undefined && Buffer.byteLength(script) > longestTimed)
    throw new Error(`${id}: too long for a question with a time limit`);
  const timed = seconds === undefined ? script : sh`kw_timed ${seconds} ${script}`;
  const words = [encodeURIComponent(id), timed];
  return bytes === undefined ? sh`kw_ask ${words}` : sh`kw_bounded ${words} ${bytes}`;
};

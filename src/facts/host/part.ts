/** One of the questions that preflight asks a host; all of them go in one script. */
import type { Script } from '../../shell/sh.js';

export interface Part<T> {
  /** POSIX sh; its output is a text without lines that begin with `==kw `. */
  readonly script: Script;
  /** Never throws: what makes no sense is undefined, and then unknown. */
  parse(text: string): T | undefined;
}

/** `name=value` lines. */
export const fields = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split('\n').flatMap(line => {
      const at = line.indexOf('=');
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1).trim()] as const] : [];
    }),
  );

export const count = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

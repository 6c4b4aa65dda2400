/** Text that came from a host, made harmless for a terminal. */
import { pattern } from '../model/pattern.js';

// C0 but tab and newline, DEL, C1, and the marks that reorder or hide text (Trojan Source, CVE-2021-42574).
const dangerous = pattern(
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
  /|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
);

/** Control characters and escapes are spelled out (`\x1b`, `\u202e`); newlines and tabs stay. */
export const escapeForTerminal = (text: string): string => text.replace(dangerous, spell);

/**
 * Text of others among lines of ours: all that follows its first line stands behind a mark, so that it passes for no
 * line of ours ("all is healthy", "do: …").
 */
export const marked = (text: string): string => escapeForTerminal(text).replaceAll('\n', '\n  | ');

/** The same value with every text in it made harmless: once colours of ours are among them, nobody can tell whose. */
export const harmless = <T>(value: T): T => {
  if (typeof value === 'string') return escapeForTerminal(value) as T;
  if (Array.isArray(value)) return value.map(harmless) as T;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, harmless(one)])) as T;
};

const spell = (character: string): string => {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
};

/** Text that came from a host, made harmless for a terminal. */
import { pattern } from '../model/pattern.js';

// C0 but tab and newline, DEL, C1, and the marks that reorder or hide text (Trojan Source, CVE-2021-42574).
const dangerous = pattern(
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
  /|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
);

/** Control characters and escapes are spelled out (`\x1b`, `\u202e`); newlines and tabs stay. */
export const escapeForTerminal = (text: string): string => text.replace(dangerous, spell);

const spell = (character: string): string => {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
};

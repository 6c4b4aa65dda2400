/**
 * An absolute path without control characters, empty parts or steps upwards; undefined: no path that may be acted upon.
 */
export const absolutePath = (text: string): string | undefined =>
  text.length <= 4096 && /^(\/[^/\p{Cc}]+)+$/u.test(text) && !/\/\.\.?(\/|$)/.test(text) ? text : undefined;

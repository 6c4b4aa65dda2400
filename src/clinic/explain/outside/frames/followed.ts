/** One thing, and another behind it in the same line, at most so many characters apart. */
export const followed = (one: RegExp, apart: number, other: RegExp): RegExp =>
  new RegExp(`(?:${one.source}).{0,${apart}}(?:${other.source})`, one.flags);

/**
 * One regular expression from parts that stand in a row, for one that is longer than a line: a part that begins with
 * `|` is the next alternative. All have the flags of the first.
 */
export const pattern = (...parts: readonly RegExp[]): RegExp =>
  new RegExp(parts.map(part => part.source).join(''), parts[0]?.flags);

/** Private keys in PEM of which a text holds one end alone: the log that has rotated, the file that was cut. */

const gone = 'REDACTED';

const name = '(?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----';
const begins = /PRIVATE KEY(?: BLOCK)?-----/;
const ends = new RegExp(`-----END ${name}`);
/** Of a line what a key may be: behind whatever a log writes before it, or all of it. */
const behind = /(^|[\s:|"'>\]])([A-Za-z0-9+/]{12,}={0,2})(["',\\\]}\s]*)$/;
const alone = /^([ \t]*)([A-Za-z0-9+/]{4,}={0,2})([ \t\r]*)$/;
/** Between the first line and the key: `DEK-Info: …`, and the line that is empty. */
const between = /(?:^|[\s:|"'>])(?:Proc-Type|DEK-Info|Comment|Version|Hash|Charset):|^\s*$|: ?$/;

/** A line as it stands, or as it is written inside of a JSON string. */
const lines = /(\n|(?<!\\)\\+n)/;

export const hideCutKeys = (text: string): string => {
  if (!text.includes('PRIVATE KEY')) return text;
  const all = text.split(lines);
  const hide = (at: number): boolean => {
    const line = all[at] ?? '';
    const found = alone.exec(line) ?? behind.exec(line);
    if (!found) return false;
    all[at] = `${line.slice(0, found.index)}${found[1]}${gone}${found[3]}`;
    return true;
  };
  for (let at = 0; at < all.length; at += 2) {
    const line = all[at] ?? '';
    const end = ends.exec(line);
    if (!end && begins.test(line))
      for (let down = at + 2; down < all.length && (hide(down) || between.test(all[down] ?? '')); ) down += 2;
    if (!end) continue;
    // All in one line, or the lines above it.
    all[at] = line.replace(/[A-Za-z0-9+/]{12,}={0,2}(?=\s*-----END )/, gone);
    for (let up = at - 2; up >= 0 && (hide(up) || /^\s*=[A-Za-z0-9+/]{4}\s*$/.test(all[up] ?? '')); ) up -= 2;
  }
  return all.join('');
};

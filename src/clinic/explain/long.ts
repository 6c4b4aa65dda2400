/** Long logs: what repeats is read once, and what is then still too long is cut where everybody can see it. */
import { uncoated } from './coats.js';

/** Of the first occurrence it says most, and of the end it is nearest to the illness. */
export const mostRead = 64 * 1024;

export interface Shortened {
  readonly text: string;
  /** Absent: all of it is read. Characters of the text as it came, and of what is read of it. */
  readonly unread?: { readonly of: number; readonly read: number };
}

/** A text that is short comes back as it is. */
export const shortened = (text: string): Shortened => {
  if (text.length <= mostRead) return { text };
  const lines = uncoated(text).split('\n');
  const seen = new Set<string>();
  const kept: string[] = [];
  let length = 0;
  // From the end: of lines that differ in times, numbers and hashes alone the last is kept.
  for (let at = lines.length - 1; at >= 0; at--) {
    const line = (lines[at] ?? '').slice(0, mostLine);
    const form = line.replace(/0x[\da-f]+|[\da-f]{8,}|\d+/gi, '#');
    if (seen.has(form)) continue;
    if (length + line.length + 1 > mostRead)
      return { text: kept.reverse().join('\n'), unread: { of: text.length, read: length } };
    seen.add(form);
    kept.push(line);
    length += line.length + 1;
  }
  return { text: kept.reverse().join('\n') };
};

/** No line of a log that names a cause is longer; a document in one line says nothing more behind it. */
const mostLine = 16 * 1024;

/**
 * What runs over a word from each place in it takes the square of its length. A word that long is a document without
 * spaces: it is read in pieces, between two of its items where it has any.
 */
export const inPieces = (text: string): string =>
  text.replace(/\S{1025,}/g, word => word.replace(/\S{512,1023}[,;&}\]](?=\S)|\S{1024}(?=\S)/g, '$& '));

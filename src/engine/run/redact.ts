/**
 * Masks in text from hosts what was handed out as secret in this run: an action may print what it was given (law L7).
 */

export interface Redactor {
  /** Remembers `value` and passes it on. */
  secret(name: string, value: string): string;
  redact(text: string): string;
}

// Shorter lines stand in every second file, and no key is that short.
const shortest = 8;

export const redactor = (): Redactor => {
  const names = new Map<string, string>();
  const remember = (piece: string, name: string): void => {
    const text = piece.trim();
    if (text.length >= shortest && !text.startsWith('-----')) names.set(text, name);
  };
  return {
    secret(name, value) {
      if (!names.has(value.trim())) {
        for (const line of value.split('\n')) remember(line, name);
        remember(Buffer.from(value).toString('base64'), name);
        remember(value, name);
      }
      return value;
    },
    redact: text =>
      [...names]
        .sort(([a], [b]) => b.length - a.length)
        .reduce((result, [value, name]) => result.replaceAll(value, `<secret ${name}>`), text),
  };
};

/** Published sums: a bare digest, or lines of `digest  file` (with `*` or a path before the name). */
export function sumIn(text: string, file: string): string | undefined {
  const bare = /^\s*([0-9a-f]{64})\s*$/i.exec(text);
  if (bare?.[1]) return bare[1].toLowerCase();
  for (const line of text.split('\n')) {
    const [, sum, name] = /^([0-9a-f]{64})\s+\*?(\S+)\s*$/i.exec(line) ?? [];
    if (sum && name?.split('/').at(-1) === file) return sum.toLowerCase();
  }
  return undefined;
}

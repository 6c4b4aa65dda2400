/** At words, each further line two columns in: what is told must be read to its end. */
export function wrapped(line: string, width: number): readonly string[] {
  if (line.length <= width || width < 20) return [line];
  const indent = `${/^ */.exec(line)?.[0] ?? ''}  `;
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const at = rest.lastIndexOf(' ', width);
    if (at <= indent.length) break;
    lines.push(rest.slice(0, at));
    rest = indent + rest.slice(at + 1);
  }
  return [...lines, rest];
}

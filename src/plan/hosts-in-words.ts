/** `kw-1, kw-2, kw-worker-[001-097]`: ranges as a cluster file has them, from three hosts on. */
export function hostsInWords(hosts: readonly string[]): string {
  const runs: { readonly stem: string; readonly from: string; to: string }[] = [];
  for (const host of hosts) {
    const [, stem = host, number = ''] = /^(.*?)(\d+)$/.exec(host) ?? [];
    const last = runs.at(-1);
    if (last && number !== '' && last.stem === stem && follows(last.to, number)) last.to = number;
    else runs.push({ stem, from: number, to: number });
  }
  return runs
    .map(({ stem, from, to }) =>
      from === to ? stem + from : follows(from, to) ? `${stem}${from}, ${stem}${to}` : `${stem}[${from}-${to}]`,
    )
    .join(', ');
}

const follows = (one: string, next: string): boolean =>
  Number(next) === Number(one) + 1 && (one.length === next.length || (!next.startsWith('0') && !one.startsWith('0')));

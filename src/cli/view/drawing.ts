/** What `kw adopt` says of the file that it wrote: whose the cluster is, and a line for all that the file is not. */
import type { Drawing } from '../../discovery/draw/draw.js';
import { type Line, lineKinds } from '../../discovery/draw/drawing.js';
import { oneLine } from './words.js';

const heads: Readonly<Record<Line['kind'], string>> = {
  note: 'To know:',
  held: 'Not in the file, which cannot say it (a comment in it has it word for word):',
  changes: 'A kw up would change this. It is refused while adopted: stands in the file:',
  keep: 'Not to be touched:',
  unseen: 'Not seen, so not in the file:',
};

export const drawingText = ({ by, evidence, spec, lines }: Drawing, file: string): string => {
  const named = file === 'cluster.yaml' ? '' : ` -f ${file}`;
  const sections = lineKinds.flatMap(kind => {
    const own = lines.filter(line => line.kind === kind);
    return own.length === 0 ? [] : ['', heads[kind], ...own.map(({ says }) => `  ${oneLine(says)}`)];
  });
  const hosts = spec.hosts.map(({ name, address, roles }) => `  ${name} ${address}: ${roles.join(', ')}`);
  return `${[
    `a cluster of ${by}, Kubernetes ${spec.kubernetes}`,
    ...evidence.slice(0, 6).map(one => `  ${oneLine(one)}`),
    ...hosts.map(oneLine),
    ...sections,
    '',
    `wrote ${file}; nothing on a host was changed, and no key was copied`,
    `next: look it through, then kw doctor${named}`,
  ].join('\n')}\n`;
};

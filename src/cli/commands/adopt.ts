/** `kw adopt`: looks at the hosts of a cluster that others built, writes a file of it, and says what that lacks. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { drawCluster, type DrawOptions } from '../../workflow/draw.js';
import { mistaken } from '../../workflow/mistaken.js';
import type { AccessOptions } from '../access-options.js';
import { telling } from '../ports.js';
import { drawingText } from '../view/drawing.js';
import { writeNew } from '../write.js';

export interface AdoptOptions extends AccessOptions, Omit<DrawOptions, 'hosts'> {
  readonly hosts?: string;
  readonly output?: string;
  readonly json?: boolean;
}

/** 0: written; nothing on a host was changed. */
export async function run({ hosts, output = 'cluster.yaml', json, ...options }: AdoptOptions): Promise<number> {
  if (hosts === undefined) throw mistaken('no-hosts', 'no host is named', 'kw adopt --hosts cp1,cp2,cp3,worker1');
  if (existsSync(output)) throw taken(output);
  const key = options.sshKey === undefined ? {} : { sshKey: resolve(options.sshKey) };
  const drawing = await telling({ access: options }, ports => drawCluster({ ...options, hosts, ...key }, ports));
  if (!(await writeNew(output, drawing.text))) throw taken(output);
  const { by, evidence, file, held, lines, from } = drawing;
  process.stdout.write(
    json
      ? `${JSON.stringify({ wrote: output, by, evidence, file, from, held, lines }, null, 2)}\n`
      : drawingText(drawing, output),
  );
  return 0;
}

const taken = (file: string) =>
  mistaken(
    'file-exists',
    `${file} is there already, and an existing file is never overwritten`,
    `give another name with -o, or move it away: mv ${file} ${file}.old`,
  );

import { readClusterFile } from '../../workflow/cluster-file.js';
import { rotate } from '../../workflow/rotate.js';
import { standings } from '../../workflow/rotate/under-way.js';
import type { AccessOptions } from '../access-options.js';
import { exitOf } from '../exit-code.js';
import { telling } from '../ports.js';
import { rotatedText, standingsText } from '../view/rotate.js';

export interface RotateOptions extends AccessOptions {
  readonly file: string;
  readonly name?: string;
  readonly yes?: boolean;
  readonly yesIMean?: string;
  readonly json?: boolean;
}

/** `kw rotate`: the list, or one phase. */
export async function run({ file: path, name, yes, yesIMean, json, ...access }: RotateOptions): Promise<number> {
  const file = await readClusterFile(path);
  if (name === undefined) {
    const all = await telling({ access }, ports => standings(file, ports));
    process.stdout.write(json ? `${JSON.stringify(all, null, 2)}\n` : standingsText(all));
    return all.unseen.length > 0 ? 3 : 0;
  }
  const rotated = await telling({ json, acts: true, access }, ports =>
    rotate(file, ports, { name, yes, phrase: yesIMean }),
  );
  if (!json) process.stdout.write(rotatedText(rotated));
  return exitOf(rotated);
}

import { readClusterFile } from '../../workflow/cluster-file.js';
import { history } from '../../workflow/history.js';
import { colored } from '../ports.js';
import { historyText } from '../view/history.js';

/** `kw history`: past runs of this cluster from this control machine. */
export async function run({ file, json }: { readonly file: string; readonly json?: boolean }): Promise<number> {
  const runs = await history((await readClusterFile(file)).dir);
  process.stdout.write(
    json ? `${JSON.stringify(runs, null, 2)}\n` : historyText(runs, colored(1), process.stdout.columns),
  );
  return 0;
}

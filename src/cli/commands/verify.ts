import { artifactsOf } from '../cluster/draft.js';
import { clock, open } from '../cluster/open.js';
import { proveSession } from '../cluster/proof.js';
import { readClusterFile } from '../cluster/read.js';
import { emitter } from '../../engine/emitter.js';
import { progress } from '../view/progress/view.js';

const ill = 2;

/** `kw verify`: the proof that ends `kw up`, by itself. */
export async function run({ file, json }: { readonly file: string; readonly json?: boolean }): Promise<number> {
  const cluster = await readClusterFile(file);
  const session = await open(cluster);
  const view = progress({ json });
  const { emit } = emitter({ clock, listen: event => view.event(event) });
  try {
    const artifacts = await artifactsOf(cluster.spec, says => { process.stderr.write(`${says}\n`); });
    return await proveSession(session, artifacts, emit) ? 0 : ill;
  } finally {
    view.end();
    session.close();
  }
}

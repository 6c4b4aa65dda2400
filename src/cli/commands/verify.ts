import { artifactsOf } from '../cluster/draft.js';
import { interruptible } from '../cluster/execute.js';
import { tellLost } from '../cluster/lost.js';
import { open } from '../cluster/open.js';
import { proveSession } from '../cluster/proof.js';
import { readClusterFile } from '../cluster/read.js';
import { Mistaken } from '../complaint.js';
import { progress } from '../view/progress/view.js';

const ill = 2;

/** `kw verify`: the proof that ends `kw up`, by itself, and like it alone on the cluster: it stops a load balancer for a moment. */
export async function run({ file, json }: { readonly file: string; readonly json?: boolean }): Promise<number> {
  const cluster = await readClusterFile(file);
  const session = await open(cluster);
  const view = progress({ json });
  const stop = interruptible('kw verify');
  try {
    tellLost(session, text => {
      process.stderr.write(text);
    });
    const [artifacts, vault] = await Promise.all([
      artifactsOf(cluster.spec, says => {
        process.stderr.write(`${says}\n`);
      }),
      session.vault(),
    ]);
    if (!vault.ok) throw new Mistaken(vault.problems);
    const nothing = { cluster: cluster.spec.name, steps: [], examined: 0, unseen: [], digest: '' };
    const run = await session.run(nothing, {
      command: 'kw verify',
      wanted: new Map(),
      listen: event => view.event(event),
      signal: stop.signal,
      proves: true,
    });
    try {
      return (await proveSession(session, artifacts, { emit: run.emit, signal: stop.signal })) ? 0 : ill;
    } finally {
      await run.end();
    }
  } finally {
    view.end();
    stop.end();
    session.close();
  }
}

/**
 * A node is kept from new pods, and given back. What is ours of it stands on the node itself, so that whoever comes
 * after a run that was killed knows it; another's cordon is neither marked nor taken away.
 */
import { nodeDrain, nodePath, type NodeDrain } from '../../facts/node-drain.js';
import { drainAnnotation, type DrainMark, markText } from '../../model/drain.js';
import { WorldFailed } from '../../model/event.js';
import type { Api } from '../context.js';

type Node = Extract<NodeDrain, { is: 'node' }>;

/** False: there is no such node. Throws WorldFailed. */
export const cordon = (api: Api, node: string): Promise<boolean> =>
  changeNode(api, node, ({ unschedulable }) =>
    unschedulable ? undefined : { mark: { cordoned: true, drained: false }, unschedulable: true },
  );

export const markDrained = (api: Api, node: string): Promise<boolean> =>
  changeNode(api, node, ({ mark }) => ({ mark: { cordoned: mark.cordoned, drained: true } }));

export const uncordon = (api: Api, node: string): Promise<boolean> =>
  changeNode(api, node, ({ mark }) => {
    if (!mark.cordoned && !mark.drained) return undefined;
    const none = { cordoned: false, drained: false };
    return mark.cordoned ? { mark: none, unschedulable: null } : { mark: none };
  });

interface NodeChange {
  readonly mark: DrainMark;
  /** null: as if nobody had ever said so. */
  readonly unschedulable?: true | null;
}

const tries = 8;

/** Only over the state that it was decided on: `resourceVersion` makes the API refuse it otherwise, and it is decided
 * anew. */
async function changeNode(api: Api, node: string, decide: (now: Node) => NodeChange | undefined): Promise<boolean> {
  let last = '';
  for (let at = 0; at < tries; at += 1) {
    const now = nodeDrain(node).parse(JSON.stringify(await api.request('GET', nodePath(node))));
    if (now.is === 'absent') return false;
    if (now.is === 'unseen') throw failed(node, `the API answers ${now.status || 'nothing'}`);
    const change = decide(now);
    if (!change) return true;
    const { status, body } = await api.request(
      'PATCH',
      nodePath(node),
      {
        metadata: {
          resourceVersion: now.version,
          annotations: { [drainAnnotation]: markText(change.mark) || null },
        },
        ...(change.unschedulable === undefined ? {} : { spec: { unschedulable: change.unschedulable } }),
      },
      'application/merge-patch+json',
    );
    if (status < 300) return true;
    last = `${status} ${String((body as { message?: unknown } | null)?.message ?? '').slice(0, 300)}`;
    if (status !== 409) break;
  }
  throw failed(node, last);
}

const failed = (node: string, why: string): WorldFailed =>
  new WorldFailed({ class: 'exit', message: `whether ${node} takes pods could not be changed: ${why}` });

/** API objects that a therapy is about to change, as they were, and how they come back. */
import type { Plan } from '../../model/plan.js';
import type { Api } from '../context.js';

export interface ObjectSnapshot {
  readonly path: string /** Absent: there was none. */;
  readonly body?: Readonly<Record<string, unknown>>;
}

export async function snapshotObjects(plan: Plan, api: () => Promise<Api>): Promise<readonly ObjectSnapshot[]> {
  const paths = plan.steps.filter(step => step.kind === 'object').map(step => step.key);
  if (paths.length === 0) return [];
  const way = await api();
  return Promise.all(
    paths.map(async path => {
      const { status, body } = await way.request('GET', path);
      if (status === 200) return { path, body: body as Record<string, unknown> };
      if (status === 404) return { path };
      throw new Error(`${path} cannot be kept before it is changed: status ${status}`);
    }),
  );
}

/** What was there is written again whole, what was not is removed. */
export async function rollbackObjects(kept: readonly ObjectSnapshot[], api: () => Promise<Api>): Promise<void> {
  for (const { path, body } of kept) {
    const way = await api();
    if (body === undefined) {
      await way.request('DELETE', path);
      continue;
    }
    const now = await way.request('GET', path);
    const metadata = body.metadata as Readonly<Record<string, unknown>>;
    const { resourceVersion: _version, uid: _uid, ...rest } = metadata;
    if (now.status === 404)
      await way.request('POST', path.slice(0, path.lastIndexOf('/')), { ...body, metadata: rest });
    else
      await way.request('PUT', path, {
        ...body,
        metadata: {
          ...rest,
          resourceVersion: (now.body as { metadata: { resourceVersion: string } }).metadata.resourceVersion,
        },
      });
  }
}

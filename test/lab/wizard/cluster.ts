/** The cluster file of a scenario, and what its administrator sees. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { newestHere } from '../../../src/artifacts/index.js';
import { clusterFileForLab, type LabCluster, type LabState } from '../../../src/lab/index.js';
import type { Stage } from '../scenario.js';
import type { Client } from './client.js';

/**
 * Writes `cluster.yaml`; `more` is merged over the lab's own file at the top level, and `components` by component. The
 * newest minor that this machine can have, where the scenario wants none of its own.
 */
export const writeCluster = async (
  t: Stage,
  lab: LabState,
  more: Readonly<Record<string, unknown>> = {},
  want: Omit<LabCluster, 'version'> & Partial<Pick<LabCluster, 'version'>> = {},
): Promise<void> => {
  const file = clusterFileForLab(lab, { name: 'demo', version: await newestHere(), ...want });
  const components = { ...(file.components as object), ...(more.components as object) };
  await writeFile(
    join(t.dir, 'cluster.yaml'),
    stringify({ ...file, ...more, ...(Object.keys(components).length > 0 && { components }) }),
  );
};

interface NodeObject {
  readonly metadata: { readonly name: string };
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
}

/** Names of the nodes that are Ready, sorted. */
export const readyNodes = async (api: Client): Promise<readonly string[]> => {
  const { body } = await api.ask('GET', '/api/v1/nodes');
  return (
    (body as { readonly items?: readonly NodeObject[] }).items
      ?.filter(node => node.status.conditions.some(one => one.type === 'Ready' && one.status === 'True'))
      .map(node => node.metadata.name)
      .sort() ?? []
  );
};

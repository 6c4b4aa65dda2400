/** The cluster file of a scenario, and what its administrator sees. */
import { writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { newestHere } from '../../../src/artifacts/index.js';
import { clusterFileForLab, type LabCluster, type LabState } from '../../../src/lab/index.js';
import type { Stage } from '../scenario.js';

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

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A client of the API as the administrator's kubeconfig has it; every request ends within `timeoutMs`. */
export interface Client {
  readonly server: string;
  ask(method: string, path: string, body?: unknown, timeoutMs?: number): Promise<Answer>;
}

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [
    { readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } },
  ];
}

export const client = async (t: Stage): Promise<Client> => {
  const {
    clusters: [{ cluster }],
    users: [{ user }],
  } = parse((await t.ok(['kubeconfig'])).stdout) as Kubeconfig;
  const decoded = (data: string): string => Buffer.from(data, 'base64').toString();
  const trust = {
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  };
  let agent = new Agent({ ...trust, keepAlive: true, maxSockets: 4 });
  return {
    server: cluster.server,
    ask: function ask(method, path, body, timeoutMs = 2000) {
      return new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : JSON.stringify(body);
        const used = agent;
        const asked = request(`${cluster.server}${path}`, {
          method,
          agent: used,
          headers:
            text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
        });
        let over = false;
        const failed = (error: Error): void => {
          // What is destroyed fails once more; to ask again then would be a request that nobody waits for.
          if (over) return;
          over = true;
          clearTimeout(timer);
          asked.destroy();
          // As kubectl would: a connection that failed is not used again.
          if (agent === used) {
            used.destroy();
            agent = new Agent({ ...trust, keepAlive: true, maxSockets: 4 });
          }
          // As Go's client, and with it every one of Kubernetes: what only reads, and met a connection that was served
          // before and closed meanwhile, is asked once more.
          if (method === 'GET' && asked.reusedSocket) resolve(ask(method, path, body, timeoutMs));
          else reject(error);
        };
        const timer = setTimeout(() => failed(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
        asked.on('error', failed).on('response', response => {
          let output = '';
          response
            .setEncoding('utf8')
            .on('data', (piece: string) => {
              output += piece;
            })
            .on('error', failed)
            .on('end', () => {
              clearTimeout(timer);
              try {
                resolve({ status: response.statusCode ?? 0, body: JSON.parse(output) });
              } catch {
                resolve({ status: response.statusCode ?? 0, body: output });
              }
            });
        });
        asked.end(text);
      });
    },
  };
};

interface NodeObject {
  readonly metadata: { readonly name: string };
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
}

/** Names of the nodes that are Ready, sorted. */
export const readyNodes = async (api: Client): Promise<readonly string[]> => {
  const { body } = await api.ask('GET', '/api/v1/nodes', undefined, 5000);
  return (
    (body as { readonly items?: readonly NodeObject[] }).items
      ?.filter(node => node.status.conditions.some(one => one.type === 'Ready' && one.status === 'True'))
      .map(node => node.metadata.name)
      .sort() ?? []
  );
};

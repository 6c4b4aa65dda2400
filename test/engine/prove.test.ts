/** The proof's course against a world that answers from memory: order, cleaning up, stopping. */
import { describe, expect, test } from 'vitest';
import { failoverProof } from '../../src/engine/prove/failover.js';
import { prove } from '../../src/engine/prove/index.js';
import { nodesProof } from '../../src/engine/prove/traffic.js';
import { nodesThatWaitForCni } from '../../src/engine/prove/cni.js';
import { placement } from '../../src/engine/prove/placement.js';
import { proveStages } from '../../src/engine/prove/stages.js';
import { greeting } from '../../src/engine/prove/workload.js';
import { whileWanted, type World } from '../../src/engine/prove/world.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import type { EventBody } from '../../src/model/event.js';
import { readCluster } from '../../src/spec/index.js';

const specOf = (hosts: string, more = ''): ClusterSpec => {
  const checked = readCluster(
    `apiVersion: kubewizard/v1\nkind: Cluster\nname: demo\nkubernetes: 1.29.3\nhosts:\n${hosts}\n${more}`,
    'cluster.yaml',
  );
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};
const plane = '  - { name: a, address: 10.0.0.1, roles: [etcd, controlPlane] }\n';
const worker = (name: string, last: number, more = ''): string =>
  `  - { name: ${name}, address: 10.0.0.${last}, roles: [worker]${more} }\n`;
const taint = ', taints: ["gpu=yes:NoSchedule"]';
const controlPlane = { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' };

describe('pods of the proof go', () => {
  test('to two workers that take any pod', () =>
    expect(placement(specOf(plane + worker('b', 2) + worker('c', 3)))).toEqual({ replicas: 2, tolerations: [] }));
  test('to the control plane too, where there is one worker', () =>
    expect(placement(specOf(plane + worker('b', 2)))).toEqual({ replicas: 2, tolerations: [controlPlane] }));
  test("to workers with their owner's taints, where there are no others", () => {
    expect(placement(specOf(plane + worker('b', 2, taint) + worker('c', 3, taint)))).toEqual({
      replicas: 2,
      tolerations: [controlPlane, { key: 'gpu', operator: 'Exists', effect: 'NoSchedule' }],
    });
  });
  test('to the only host there is', () =>
    expect(placement(specOf('  - { name: a, address: 10.0.0.1 }'))).toEqual({ replicas: 1, tolerations: [] }));
});

interface Played {
  readonly world: World;
  readonly asked: string[];
  readonly events: EventBody[];
  readonly emit: (event: EventBody) => void;
}

/** `on`: called with every request and script before it is answered. */
const played = (spec: ClusterSpec, on: (asked: string) => void = () => undefined): Played => {
  const asked: string[] = [];
  const events: EventBody[] = [];
  const ready = { conditions: [{ type: 'Ready', status: 'True' }], podIP: '10.244.0.2', hostIP: '10.0.0.77' };
  const items = (names: readonly string[]) =>
    names.map(name => ({ metadata: { name }, spec: { nodeName: name }, status: ready }));
  const answer = (method: string, path: string) => {
    if (path.includes('labelSelector')) return { status: 200, body: { items: items(['kubewizard-proof-old']) } };
    if (path.endsWith('/nodes')) return { status: 200, body: { items: items(spec.hosts.map(host => host.name)) } };
    if (path.endsWith('/pods'))
      return { status: 200, body: { items: items(spec.hosts.slice(-2).map(host => host.name)) } };
    if (path.endsWith('/services/web'))
      return { status: 200, body: { spec: { clusterIP: '10.96.0.9', ports: [{ nodePort: 30001 }] } } };
    if (path.includes('/leases/')) return { status: 200, body: { spec: { holderIdentity: 'a_123' } } };
    return { status: method === 'GET' && /namespaces\/[^/]+$/.test(path) ? 404 : 200, body: {} };
  };
  const world: World = {
    async request(method, path) {
      asked.push(`${method} ${path}`);
      on(`${method} ${path}`);
      return answer(method, path);
    },
    async run(host, script) {
      asked.push(`${host}: ${script}`);
      on(script);
      return {
        code: 0,
        stderr: '',
        stdout: /member list/.test(script)
          ? spec.hosts.map((_, n) => `8e9e05c52164694${n}, started, x`).join('\n')
          : /ip -o/.test(script)
            ? host === 'a'
              ? '2: eth0'
              : ''
            : `${greeting} web-1`,
      };
    },
  };
  return {
    world,
    asked,
    events,
    emit: event => {
      events.push(event);
    },
  };
};
const output = ({ events }: Played): readonly string[] =>
  events.map(event => (event.type === 'proof' ? `${event.name} ${event.ok}` : event.type));
const spec = specOf(
  plane + worker('b', 2) + worker('c', 3),
  'endpoint: { balance: virtual-address, address: 10.0.0.100 }',
);
const options = { image: 'i', suffix: 'abcde', failover: false };

test('the node of a pod is asked at its own address: it may be one that the file no longer names', async () => {
  const p = played(spec);
  await prove(spec, p.world, options, p.emit);
  expect(p.asked.filter(one => one.includes(':30001/'))).toEqual([expect.stringContaining('http://10.0.0.77:30001/')]);
});
test('nodes are counted as the file has them, and those beside it are named', async () => {
  const node = (name: string, status: string) => ({
    metadata: { name },
    status: { conditions: [{ type: 'Ready', status }] },
  });
  const items = [node('a', 'True'), node('b', 'True'), node('c', 'True'), node('old', 'False'), node('new', 'True')];
  const world = { ...played(spec).world, request: async () => ({ status: 200, body: { items } }) };
  expect(nodesProof(spec, world).says).toContain('of the file');
  expect(await nodesProof(spec, world).check()).toBe('3 of 3; not in the file: old (not Ready), new (Ready)');
});
test('what an earlier proof left goes first, what this one made goes last, and the end is marked', async () => {
  const p = played(spec);
  expect(await prove(spec, p.world, options, p.emit)).toBe(true);
  expect(output(p)).toEqual([
    'nodes true',
    'workload true',
    'deployment true',
    'pod-to-pod true',
    'cluster-ip true',
    'node-port true',
    'dns true',
    'logs true',
    'removal true',
    'proof-ended',
  ]);
  const order = p.asked.filter(each => /^(POST|DELETE)/.test(each));
  expect([order[0], order[1], order.at(-1)]).toEqual([
    'DELETE /api/v1/namespaces/kubewizard-proof-old',
    'POST /api/v1/namespaces',
    'DELETE /api/v1/namespaces/kubewizard-proof-abcde',
  ]);
  expect(p.events.at(-1)).toMatchObject({ type: 'proof-ended', ok: true });
});

test('an API that refuses the workload is a proof that failed, not a bug', async () => {
  const p = played(spec);
  const world: World = {
    ...p.world,
    request: async (method, path, ...rest) =>
      method === 'POST'
        ? { status: 403, body: { message: 'admission says no' } }
        : p.world.request(method, path, ...rest),
  };
  expect(await prove(spec, world, options, p.emit)).toBe(false);
  expect(output(p)).toEqual(['nodes true', 'workload false', 'removal true', 'proof-ended']);
  expect(p.events.at(-1)).toMatchObject({ ok: false });
});

test('a person who stops it gets it stopped, and everything is put back all the same', async () => {
  const stop = new AbortController();
  const p = played(spec, asked => {
    if (asked.includes(' logs ')) stop.abort();
  });
  await expect(prove(spec, p.world, { ...options, failover: true, signal: stop.signal }, p.emit)).rejects.toMatchObject(
    { name: 'AbortError' },
  );
  expect(output(p)).toEqual([
    'nodes true',
    'workload true',
    'deployment true',
    'pod-to-pod true',
    'cluster-ip true',
    'node-port true',
    'dns true',
    'logs true',
    'removal true',
  ]);
  expect(p.asked.at(-1)).toBe('GET /api/v1/namespaces/kubewizard-proof-abcde');
});

test('a load balancer that was stopped is started again, also when nobody waits any more', async () => {
  const stop = new AbortController();
  const p = played(spec, asked => {
    if (asked.includes('systemctl stop kw-haproxy')) stop.abort();
  });
  await expect(failoverProof(spec, whileWanted(p.world, stop.signal), p.world).check()).rejects.toThrow();
  expect(p.asked.at(-1)).toMatch(/^a: .*systemctl start kw-haproxy\.service$/);
});

test('a run that stops early proves its stages, and says how far it went', async () => {
  const p = played(spec);
  expect(await proveStages(specOf(plane), played(specOf(plane)).world, 'control-plane', p.emit)).toBe(true);
  expect(output(p)).toEqual(['etcd true', 'control-plane true', 'proof-ended']);
  expect(p.events.at(-1)).toMatchObject({ ok: true, until: 'control-plane' });
});

test('nodes that lack nothing but a network are known by the kubelet’s words', async () => {
  const message =
    'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin ' +
    'returns error: cni plugin not initialized';
  const node = (name: string, status: string, says: string) => ({
    metadata: { name },
    status: { conditions: [{ type: 'Ready', status, message: says }] },
  });
  const world: World = {
    request: async () => ({
      status: 200,
      body: {
        items: [
          node('a', 'False', message),
          node('b', 'True', ''),
          node('c', 'Unknown', 'Kubelet stopped posting node status.'),
        ],
      },
    }),
    run: async () => {
      throw new Error('not here');
    },
  };
  expect(await nodesThatWaitForCni(world)).toEqual(['a']);
});

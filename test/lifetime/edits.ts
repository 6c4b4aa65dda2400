/** Random edits of a cluster file: of every key that src/spec/lives.ts knows, so that a new key is tried by itself. */
import fc from 'fast-check';
import { clusterSchema, type JsonSchema, type Key, lives } from '../../src/spec/index.js';

export type Entry = { [key: string]: unknown };
export type File = { [key: string]: unknown; hosts: Entry[] };

/** undefined: the key is taken out of the file. */
export type Edit =
  | { readonly edit: 'set'; readonly key: Key; readonly host: number; readonly value: unknown }
  | { readonly edit: 'add'; readonly name: string }
  | { readonly edit: 'remove'; readonly host: number }
  | { readonly edit: 'move'; readonly host: number };

/** Where a value must make sense, or only another one is worth trying; all other keys get theirs from the schema. */
const pools: Partial<Record<Key, readonly unknown[]>> = {
  name: ['demo', 'other'],
  kubernetes: ['1.29.3', '1.29.4', '1.30.2', '1.31.1'],
  'hosts[].name': ['a', 'b', 'z'],
  'hosts[].address': ['10.0.0.9', '10.0.0.1'],
  'hosts[].externalAddress': ['203.0.113.7', '203.0.113.8'],
  'hosts[].roles': [
    ['etcd', 'controlPlane'],
    ['controlPlane'],
    ['worker'],
    ['controlPlane', 'worker'],
    ['loadBalancer'],
  ],
  'hosts[].labels': [
    { disk: 'ssd' },
    { disk: 'hdd', 'example.com/rack': 'r1' },
    { 'topology.kubernetes.io/zone': 'z1' },
    {},
  ],
  'hosts[].taints': [['only=gpu:NoSchedule'], ['only=gpu:NoSchedule', 'x:NoExecute'], []],
  'hosts[].ssh.address': ['192.0.2.7'],
  'hosts[].ssh.jump': ['me@jump:22'],
  'hosts[].ssh.hostKey': ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'],
  'ssh.jump': ['me@jump:22'],
  'endpoint.address': ['10.0.0.100', '10.0.0.101', '10.0.0.1', 'api.example.com'],
  'endpoint.port': [6443, 9443, 8443],
  'endpoint.virtualRouterId': [51, 77],
  'endpoint.also[].address': ['10.0.0.100', '10.0.0.102', '127.0.0.1', 'api.example.com'],
  'endpoint.also[].port': [9443, 8443],
  'endpoint.also[].virtualRouterId': [52],
  'network.pods': ['10.244.0.0/16', '10.200.0.0/16'],
  'network.services': ['10.96.0.0/16', '10.97.0.0/16'],
  'network.hostPrefix': [24, 25],
  'network.domain': ['cluster.local', 'example.internal'],
  'network.vxlan.id': [1, 77],
  'network.vxlan.port': [8472, 4789],
  'network.mtu': [1400, 1300],
  'artifacts.mirror': ['https://mirror.example'],
  'pki.algorithm': ['ecdsa-p256', 'rsa-2048'],
  'pki.caDays': [1000, 3650],
  'pki.leafDays': [90, 365],
  'pki.sans': [['api.example.com'], ['api.example.com', '203.0.113.9'], []],
  'components.etcd.extraArgs': [{ 'heartbeat-interval': 200 }, { 'snapshot-count': 5000 }],
  'components.apiserver.extraArgs': [{ 'max-requests-inflight': 500 }, { v: 3 }],
  'components.kubelet.config': [{ maxPods: 120 }, { maxPods: 200, evictionHard: { 'memory.available': '200Mi' } }],
  'components.proxy.config': [{ metricsBindAddress: '0.0.0.0:10249' }],
  'components.containerd.config': [{ oom_score: -500 }],
};

const root = clusterSchema();

/** A key's part of the schema; `hosts[].x` is one of an entry that is a mapping. */
const schemaOf = (key: string): JsonSchema | undefined => {
  let here: JsonSchema | undefined = root;
  for (const word of key.split('.')) {
    here = here?.properties?.[word.replace('[]', '')];
    here = here?.anyOf?.find(({ properties }) => properties) ?? here;
    if (word.endsWith('[]')) here = here?.items?.anyOf?.find(({ properties }) => properties);
  }
  return here;
};

const fromSchema = (key: string): readonly unknown[] => {
  const schema = schemaOf(key);
  const form = schema?.anyOf?.[0] ?? schema;
  if (schema?.const !== undefined) return [schema.const];
  if (form?.enum) return form.enum;
  if (form?.type === 'boolean') return [true, false];
  if (form?.type === 'integer' || form?.type === 'number') return [1, 100, 2222];
  if (form?.type === 'array') return [[], ['x']];
  if (form?.type === 'object') return [{}, { v: 2 }, { v: 4 }];
  return ['admin', '/keys/x'];
};

export const valuesOf = (key: Key): readonly unknown[] => pools[key] ?? fromSchema(key);

const keys = Object.keys(lives) as readonly Key[];
const sets = fc.constantFrom(...keys).chain(key =>
  fc.record({
    edit: fc.constant('set' as const),
    key: fc.constant(key),
    host: fc.nat(4),
    value: fc.constantFrom(undefined, ...valuesOf(key)),
  }),
);

export const edits: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 8, arbitrary: sets },
  { weight: 1, arbitrary: fc.record({ edit: fc.constant('add' as const), name: fc.constantFrom('d', 'e') }) },
  { weight: 1, arbitrary: fc.record({ edit: fc.constant('remove' as const), host: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ edit: fc.constant('move' as const), host: fc.nat(4) }) },
);

/** The file after an edit. `machine` of an entry is not of the file: it says which host it is, whatever it is called. */
export const edited = (file: File, one: Edit): File => {
  const next = structuredClone(file);
  const index = 'host' in one ? one.host % Math.max(1, next.hosts.length) : 0;
  if (one.edit === 'remove') next.hosts.splice(index, 1);
  else if (one.edit === 'move') next.hosts.push(...next.hosts.splice(index, 1));
  else if (one.edit === 'add') {
    if (!next.hosts.some(({ machine }) => machine === one.name))
      next.hosts.push({ machine: one.name, name: one.name, address: `10.0.0.${one.name.charCodeAt(0) - 96}` });
  } else
    put(next, one.key.startsWith('hosts[].') ? next.hosts[index] : next, one.key.replace('hosts[].', ''), one.value);
  return next;
};

const put = (file: File, root: Entry | undefined, path: string, value: unknown): void => {
  const words = path.split('.');
  const last = words.pop() ?? '';
  let at: Entry = root ?? file;
  for (const word of words) {
    const list = word.endsWith('[]') ? word.slice(0, -2) : undefined;
    if (list !== undefined) {
      // Of a list that holds nothing else: its first entry, which an address begins and ends.
      if (last === 'address' && value === undefined) delete at[list];
      else at[list] ??= [{ address: '10.0.0.102' }];
      if (at[list] === undefined) return;
      at = (at[list] as Entry[])[0] as Entry;
      continue;
    }
    at[word] ??= {};
    at = at[word] as Entry;
  }
  if (value === undefined) delete at[last];
  else at[last] = structuredClone(value);
};

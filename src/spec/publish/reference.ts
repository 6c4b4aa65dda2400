/** docs/cluster-file.md, generated from the schema, so that it cannot lag behind. */
import { metricsServerFor, releases } from '../../catalog/index.js';
import { type KeyLife, type Life, lives } from '../lives.js';
import { clusterSchema, type JsonSchema } from '../schema-keys.js';

export const tenLines = `apiVersion: kubewizard/v1
kind: Cluster
name: demo
kubernetes: 1.37.2
ssh: {user: admin, key: ~/.ssh/id_ed25519}
hosts:
  - {name: "control-[1-3]", address: 10.0.0.11+, roles: [etcd, controlPlane]}
  - {name: "worker-[01-20]", address: 10.0.1.1+, labels: {disk: ssd}}
endpoint:
  address: 10.0.0.10
`;

export const clusterReference = (): string =>
  `${[
    '# The cluster file',
    generated,
    'A cluster in ten lines: three control planes with etcd, twenty workers, one virtual address.',
    yaml(tenLines),
    'The shortest one is a name and a list of hosts:',
    yaml('name: demo\nhosts: [10.0.0.11, 10.0.0.12, 10.0.0.13, 10.0.0.14]\n'),
    '`kw plan --explain-defaults` prints everything that was left out, with its value and reason. Mistakes are ' +
      'reported all at once, with line, column and a suggestion. Editors complete the file with ' +
      '[cluster.schema.json](cluster.schema.json), which the first line of a file from `kw init` names.',
    roles,
    endpoint,
    ranges,
    versions(),
    '## All keys',
    '`[]` stands for each member of a list. Keys in **bold** must be there. The column *changed* says what becomes of ' +
      'a change on a cluster that lives:',
    changes,
    table(clusterSchema()),
  ].join('\n\n')}\n`;

const generated = '<!-- Generated from src/spec by scripts/generate-docs.ts. Do not edit. -->';
const yaml = (text: string): string => `\`\`\`yaml\n${text}\`\`\``;

const roles = `## Roles

| role | what runs there |
|---|---|
| \`etcd\` | etcd |
| \`controlPlane\` | kube-apiserver, kube-controller-manager, kube-scheduler; also a node, tainted where there are \
workers |
| \`worker\` | pods |
| \`loadBalancer\` | haproxy and keepalived in front of the API |

Hosts without roles get them so, when no other host was given \`etcd\` or \`controlPlane\`: one host is everything; of \
two the first is etcd and control plane, and both work; of three or more the first three are etcd and control plane, \
the rest work. Where another host was given one of them, hosts without roles are workers. Control planes hold etcd \
unless some host was given \`etcd\`. Where no host is a worker, control planes take pods too and are not tainted. etcd \
wants an odd number of hosts.

Adding a host can change them. **etcd grows by the file**: give more hosts the role (1, 3 or 5 in all), and \`kw \
up\` lets them join one after another, each as a learner that votes only once it has caught up; members that run are \
not restarted for it, and API servers are told of the new members when all have joined. It is refused while a host \
with the role cannot be reached, while most members do not answer, and where a new host holds data of another etcd. A \
run that is cut off is gone on with by the next. **It shrinks by the file** in the same way: a host that stays in the \
file and has the role no more (\`roles: [controlPlane]\`) is asked by no API server first, hands leadership over, and \
is removed as a member by way of those that stay, one after another and only while most of them answer without it; its \
unit and certificates go, and its data stay beside as \`/var/lib/etcd/member.before\`. A host that is left out of the \
file while it is a member leaves etcd in the same way, and then the cluster ([growing and \
shrinking](operations/grow.md)); one that cannot be reached is [replaced](operations/replace.md).`;

const endpoint = `## Endpoint

| \`balance\` | meaning | default when |
|---|---|---|
| \`direct\` | the one control plane's own address, port 6443 | there is one control plane, and no address or its own \
is given |
| \`local\` | haproxy on every host, on loopback, port 8443 | several control planes, no address |
| \`virtual-address\` | haproxy and keepalived on the load balancers (or control planes) carry \`address\`; port 8443, \
or 6443 where the load balancers have hosts of their own | an IPv4 address is given |
| \`external\` | your own load balancer in front of port 6443 of the control planes; port 6443 | a name is given |

Another endpoint for a cluster that lives goes in two steps: name the new one, and the old one under \`also\`, which \
stays served until you take it out again ([operations/change.md](operations/change.md)).`;

const ranges = `## Ranges

| written | is |
|---|---|
| \`name: kw-worker-[001-100]\` | kw-worker-001 … kw-worker-100 |
| \`address: 10.0.1.[1-100]\` | 10.0.1.1 … 10.0.1.100 |
| \`address: 10.0.1.1+\` | as many as there are names, counting over 10.0.1.255 into 10.0.2.0 |

Names and addresses must be equally many. A host without a name is called after the cluster: \`demo-001\`. In flow \
style (\`{…}\`) put ranges in quotes.`;

const versions = (): string => `## Versions

| Kubernetes | newest patch known | etcd | CoreDNS | metrics-server | containerd | cgroup v1 |
|---|---|---|---|---|---|---|
${releases
  .map(
    ({ minor, latestPatchKnown, etcd, coredns, containerd, cgroupV1 }) =>
      `| ${minor} | ${latestPatchKnown} | ${etcd.version} | ${coredns.version} | \
${metricsServerFor(latestPatchKnown)?.version ?? '-'} | ≥ \
${containerd.min}${containerd.below ? `, < ${containerd.below}` : ''} | ${cgroupV1} |`,
  )
  .join('\n')}

Any patch of these is accepted. Flags and configuration fields that a version lacks are refused, with what to use \
instead; so are flags of kube-proxy that it ignores beside its file, and flags of etcd that say where its data and \
members are. For some flags the minor in which they came or went is not known exactly; in between, Kubewizard never \
writes them by itself, and warns when you do.`;

const words: Readonly<Record<Life, string>> = {
  live: 'live',
  rollout: 'in waves',
  'new-nodes': 'new only',
  final: '**final**',
};

const changes = `| changed | meaning |
|---|---|
| ${words.live} | \`kw up\` applies it |
| ${words.rollout} | \`kw up\` applies it host by host, or in waves |
| ${words['new-nodes']} | what exists stays as it is; what is made from then on follows |
| ${words.final} | refused before anything is touched, with all other such keys, the value that the hosts have, and \
what to do instead |`;

const lifeOf = (key: string): string => {
  const life = (lives as Readonly<Record<string, KeyLife | undefined>>)[key];
  return life ? [words[life.life], ...(life.says ? [life.says] : [])].join(': ') : '';
};

const table = (schema: JsonSchema): string =>
  ['| key | value | meaning | changed |', '|---|---|---|---|', ...rows(schema, '')].join('\n');

const rows = (schema: JsonSchema, prefix: string): readonly string[] =>
  Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const name = `${prefix}${key}`;
    const shown = schema.required?.includes(key) ? `**\`${name}\`**` : `\`${name}\``;
    const inner = value.items?.anyOf?.find(({ properties }) => properties) ?? value;
    return [
      `| ${shown} | ${typeOf(value)} | ${value.description ?? ''} | ${lifeOf(name)} |`,
      ...rows(inner, inner === value ? `${name}.` : `${name}[].`),
    ];
  });

const typeOf = (schema: JsonSchema): string => {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum) return schema.enum.map(one => `\`${one}\``).join(', ');
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  return (
    { string: 'text', integer: 'whole number', number: 'number', boolean: 'true or false', object: 'mapping' }[
      schema.type ?? ''
    ] ?? 'anything'
  );
};

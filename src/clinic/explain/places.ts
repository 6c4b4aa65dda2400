/** Whom a line is about: by port, name, path. */
import { apiserverPort, etcdClientPort, etcdPeerPort, kubeletPort } from '../../model/components.js';
import { pattern } from '../../model/pattern.js';
import type { Account, How, Target } from './account.js';
import { byOutcome } from './by-outcome.js';
import { programIn, thingIn } from './things.js';

const ports: Readonly<Record<string, Target>> = {
  [etcdClientPort]: 'etcd',
  [etcdPeerPort]: 'etcd-peer',
  [apiserverPort]: 'api-server',
  8443: 'api-server',
  16443: 'api-server',
  9345: 'api-server',
  [kubeletPort]: 'kubelet',
  53: 'dns',
  8472: 'overlay',
  4789: 'overlay',
  51820: 'overlay',
  179: 'bgp',
};

/** The daemon that runs the containers, by what clients call it. */
const runtimeAsked = /\b(?:docker|containerd|cri-?o|podman)(?:d|'s)? (?:daemon|endpoint|engine|socket)\b/i;

const places: readonly (readonly [Target, RegExp])[] = [
  ['webhook', /failed calling (?:admission )?webhook "?([\w.-]+)/],
  ['kubernetes-service', /\b(10\.96\.0\.1:443|10\.43\.0\.1:443|(?!127\.)\d+\.\d+\.\d+\.1:443)\b/],
  ['aggregated-api', /\b(v\d\w*\.[\w-]+(?:\.[\w-]+)*\.k8s\.io)\b|FailedDiscoveryCheck|metrics\.k8s\.io/],
  ['runtime', /(?:unix:\/\/)?(\/\S*(?:containerd|crio|cri-dockerd|docker)\.sock)/],
  [
    'registry',
    pattern(
      /https?:\/\/([\w.-]+(?::\d+)?)\/(?:v2\/(?:\S{1,300}\/(?:manifests|blobs|tags)\b|["']?(?::|\s|$))|v1\/_ping)/,
      /|\b(?:reading|fetching|getting) manifest \S{1,200} (?:in|from) ([\w-]+(?:\.[\w-]+)+(?::\d+)?)\//,
    ),
  ],
  ['bgp', /(?:BGP (?:not established with|session)|BIRD is not ready) ?:? ?(\d\S*)?/],
  ['service', /https?:\/\/([\w-]+\.[\w-]+\.svc(?:\.[\w.]+)?(?::\d+)?)/],
  ['etcd-peer', /rejected connection on peer endpoint|rafthttp|health check for peer|prober detected/],
  ['dns', /;; connection timed out|no servers could be reached/],
  ['runtime', /pleg was last seen/],
  ['runtime', runtimeAsked],
  ['node', /\bnodes? "([\w.-]+)" not found/],
  ['storage-driver', /driver name (\S{1,200}) not found in the list of registered CSI/],
  ['credential', /\b(?:different|wrong|another) (?:\w+ )?(token|secret|password)\b/],
  ['object', /(?:NamespaceContent|Finalizers)Remain/],
  // By its id, its cgroup or its log.
  [
    'past-container',
    pattern(
      /\b(?:container|task|sandbox|shim|activation)(?: with)?(?: id)?:? "?([0-9a-f]{8,64})\b.{0,60}/i,
      /(?:not found|does not exist)/,
      /|No such container:? ?"?(\w+)?|[("\s](\/var\/log\/(?:pods|containers)\/\S{1,300})/,
      /|(\/run\/containerd\/\S{0,80}\.task\/\S{1,300}): no such file/,
      // The cgroup of all pods together is no container's.
      /|((?:\/\S{0,100})?\/kubepods\S{0,200}(?:pod[\da-f]{8}|[\da-f]{32}|\.scope)\S{0,200}).{0,80}/,
      /(?:not found|does not exist|no such file)/,
    ),
  ],
  ['rootfs', /failed to mount rootfs component|\boverlayfs: |\bovl_\w+: |mounting overlay\b/],
  ['iscsi', /iscsiadm\b(?:.{0,200}? -p (\d+(?:\.\d+){3}(?::\d+)?))?/],
  ['image-store', /(?:parent snapshot|failed to stat parent:?(?: stat)?) (\/?[\w./:-]*\w)/],
];

/** The time of day is no address: `17:53:23`; nor is the line of a source: `info.go:53`. */
const clock =
  /(?:(?<![\w.:])|(?<=\dT))\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?(?![\d:])|\b[\w-]{1,80}\.(?:go|s|py|cc|rs|js):\d+/g;
const portNear = pattern(
  /(?<![\w.-])((?:\[[0-9a-f:]+\]|\w[\w.-]*))?(?<!(?:^|[\s"'([T])\d{1,2}):/gi,
  /(2379|2380|6443|8443|16443|9345|10250|53|8472|4789|51820|179)\b/,
);
/** Where programs have their data: MySQL, PostgreSQL, SQL Server, Oracle, Redis, MongoDB, Kafka and others. */
const dataPort = pattern(
  /(?<![\w.-])((?:\[[0-9a-f:]+\]|[\w.-]+)(?<!(?:^|[\s"'([T])\d{1,2}))/i,
  /:(?:3306|5432|1433|1521|6379|26379|27017|9092|5672|9200|11211|9042|2181|5984)\b/,
);
/** A host with a public name, asked for what is no path of an API server, registry or issuer of tokens. */
const outsideHost = pattern(
  /https?:\/\/((?:[\w-]+\.)+(?!svc|local|internal|lan|home|cluster|corp|test|localdomain)[a-z]{2,})(?![\w.-])/i,
  /(?::443)?(?!:)\/?(?!apis?\b|version\b|healthz|livez|readyz|v2\/|\.well-known)/,
);
/** tcpdump's and nc's way to write an address with its port. */
const portApart = /(\d+\.\d+\.\d+\.\d+)(?:\.| port )(2379|2380|6443|9345|10250|8472|4789|179)\b/;
/** The service networks that kubeadm, k3s, kubespray, microk8s and older scripts give. */
const service = /\b(10\.(?:9[6-9]|10\d|11[01]|43|254|152\.183|233\.(?:[0-5]?\d|6[0-3]))(?:\.\d+){1,2}:\d+)\b/;
/** Nobody else serves these paths. */
const apiPath = /https?:\/\/((?:\[[0-9a-f:]+\]|[\w.-]+)(?::\d+)?)\/(?:api\/v1|apis\/[\w.-]+\/v\d)/;
const kernelPort = /\bDST=(\S+).{0,120}\bDPT=(\d+)/;
const anywhere = /\b(?:dial (?:tcp|udp) |to )((?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\]):\d+)/;
const lostOnTheWay: ReadonlySet<How | undefined> = new Set(['timed-out', 'no-route']);

export const place = (whole: string, how?: How): Partial<Account> => {
  // The server that is asked for a name is not the one that was meant.
  const line = whole.replace(/(lookup \S+) on \S+(?=: )/g, '$1').replace(clock, ' ');
  if (how === 'not-running' && runtimeAsked.test(line)) return { whom: 'runtime' };
  if (how === 'no-program' || how === 'not-running') return programIn(line);
  const special = how && byOutcome[how]?.(whole);
  if (special) return special;
  for (const [whom, pattern] of places) {
    const hit = pattern.exec(line);
    const at = hit?.slice(1).find(one => one !== undefined && one !== '');
    if (hit) return { whom, ...(at !== undefined && { at }) };
  }
  const dropped = kernelPort.exec(line);
  if (dropped) return { whom: ports[dropped[2] ?? ''] ?? 'address', at: `${dropped[1]}:${dropped[2]}` };
  const [last] = [...line.matchAll(portNear)].slice(-1);
  const whom = ports[last?.[2] ?? ''];
  if (last && whom) return { whom, at: last[0] };
  const apart = portApart.exec(line);
  const told = ports[apart?.[2] ?? ''];
  if (apart && told) return { whom: told, at: `${apart[1]}:${apart[2]}` };
  // A data base that does not answer at all is looked for as any other server.
  const [, data] = (lostOnTheWay.has(how) ? undefined : dataPort.exec(line)) ?? [];
  if (data !== undefined) return { whom: 'data-service', at: data };
  const [, ofService] = service.exec(line) ?? [];
  if (ofService !== undefined) return { whom: 'service', at: ofService };
  const [, asked] = apiPath.exec(line) ?? [];
  if (asked !== undefined) return { whom: 'api-server', at: asked };
  const [, at] = anywhere.exec(line) ?? [];
  if (at !== undefined) return { whom: 'address', at };
  const [, outside] = outsideHost.exec(line) ?? [];
  if (outside !== undefined) return { whom: 'outside-host', at: outside };
  return thingIn(line);
};

/** What a host of another builder's cluster says of itself: who it is, what it is for, which API it speaks to. */
import { apiserverPort } from '../model/components.js';
import type { ClusterSpec, Host, Role } from '../model/cluster.js';
import { defaultVersion } from '../catalog/index.js';
import { sh } from '../shell/sh.js';

export interface DiscoveredFacts {
  readonly name: string;
  /** IPv4 by which the other hosts know it; '' where it could not be told. */
  readonly address: string;
  /** Programs of which there is any trace: a manifest, a unit, a process, a certificate. */
  readonly programs: readonly string[];
  /** `https://10.0.0.1:6443`, as the administrator's kubeconfig has it, else the kubelet's; ''. */
  readonly server: string;
  readonly cluster: string;
  /** `1.20.2`; ''. */
  readonly version: string;
  /** Where its API server listens (--secure-port); absent: it has none, or does not say. */
  readonly apiPort?: number;
}

export interface DiscoveredHost {
  readonly host: Host;
  readonly facts?: DiscoveredFacts;
  /** Why nothing was seen. */
  readonly why?: string;
}

/** Prints `key value` lines; changes nothing. */
export const discoveryScript = sh`has() { [ -e "/etc/kubernetes/manifests/$1.yaml" ] || \
[ -e "/etc/systemd/system/$1.service" ] || pidof "$1" >/dev/null 2>&1; }
echo "name $(uname -n)"
set -- $SSH_CONNECTION
echo "address \${3:-$(ip -4 -o addr show scope global 2>/dev/null | awk '{ sub("/.*", "", $4); print $4; exit }')}"
for p in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet haproxy; do has "$p" && \
echo "program $p"; done
[ -e /etc/kubernetes/pki/apiserver.crt ] && echo 'program kube-apiserver'
[ -e /var/lib/etcd/member ] && echo 'program etcd'
[ -d /var/lib/rancher/k3s/server/tls ] && echo 'program k3s-server'
[ -d /var/lib/rancher/k3s/server/db/etcd ] && echo 'program etcd'
[ -e /etc/systemd/system/k3s-agent.service ] && echo 'program k3s-agent'
[ -d /var/snap/microk8s/current/args ] && { [ -e /var/snap/microk8s/current/var/lock/clustered.lock ] && \
echo 'program kubelite-worker' || echo 'program kubelite'; }
for f in /etc/kubernetes/admin.conf /etc/kubernetes/kubelet.conf; do
  [ -e "$f" ] || continue
  sed -n 's/^ *server: *"\\{0,1\\}\\(https[^" ]*\\)"\\{0,1\\} *$/server \\1/p' "$f" | head -n 1
  sed -n 's/^ *cluster: *\\([A-Za-z0-9][A-Za-z0-9._-]*\\) *$/cluster \\1/p' "$f" | head -n 1
done
{ cat /etc/kubernetes/manifests/kube-apiserver.yaml /etc/systemd/system/kube-apiserver.service; \
p=$(pidof -s kube-apiserver) && tr '\\000' '\\n' <"/proc/$p/cmdline"; } 2>/dev/null | \
sed -n 's/.*--secure-port=\\([0-9]*\\).*/api-port \\1/p' | tail -n 1
k=$(command -v kubelet) && timeout 5 "$k" --version 2>/dev/null | sed -n 's/^Kubernetes v\\([0-9.]*\\).*/version \\1/p'
true`;

export const readDiscovery = (output: string): DiscoveredFacts => {
  const all = (key: string): readonly string[] =>
    output
      .split('\n')
      .filter(line => line.startsWith(`${key} `))
      .map(line => line.slice(key.length + 1).trim());
  const first = (key: string): string => all(key)[0] ?? '';
  return {
    name: first('name').split('.')[0]?.toLowerCase() ?? '',
    address: /^\d+(\.\d+){3}$/.test(first('address')) ? first('address') : '',
    programs: [...new Set(all('program'))],
    server: first('server'),
    cluster: first('cluster'),
    version: first('version'),
    ...(Number(first('api-port')) > 0 ? { apiPort: Number(first('api-port')) } : {}),
  };
};

/**
 * Hosts that did not answer stay in it, under the name they were given, with no role: their evidence is missing, not
 * absent.
 */
export const adoption = (asked: readonly DiscoveredHost[]): ClusterSpec => {
  const hosts = adoptedHosts(asked);
  const facts = asked.flatMap(one => one.facts ?? []);
  const agreed = (pick: (one: DiscoveredFacts) => string, from: readonly DiscoveredFacts[] = facts): string =>
    mostCommon(from.map(pick).filter(Boolean)) ?? '';
  const server = /^https:\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?/.exec(agreed(one => one.server));
  const name = agreed(one => one.cluster)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  const control = hosts.find(host => host.roles.includes('controlPlane'));
  return {
    name: name || 'adopted',
    kubernetes: agreed(one => one.version) || defaultVersion('auto'),
    hosts,
    endpoint: {
      address: server?.[1] ?? control?.address ?? hosts[0]?.address ?? '',
      port: Number(server?.[2] ?? (server ? 443 : apiserverPort)),
      balance: 'external',
      virtualRouterId: 51,
    },
    ...usual,
  };
};

/** What hosts do not tell of their cluster: as kubeadm has it, and unchanged. */
const none = { extraArgs: {} } as const;
const usual: Omit<ClusterSpec, 'name' | 'kubernetes' | 'hosts' | 'endpoint'> = {
  network: {
    pods: '10.244.0.0/16',
    services: '10.96.0.0/12',
    hostPrefix: 24,
    domain: 'cluster.local',
    provider: 'none',
    vxlan: { id: 4096, port: 8472 },
  },
  runtime: { name: 'containerd' },
  artifacts: { source: 'auto' },
  pki: { algorithm: 'rsa-2048', caDays: 3650, leafDays: 365, sans: [] },
  components: {
    etcd: none,
    apiserver: none,
    controllerManager: none,
    scheduler: none,
    kubelet: { ...none, config: {} },
    proxy: { ...none, config: {} },
    containerd: { config: {} },
  },
  addons: { dns: false, metricsServer: false },
};

/** The same hosts as the doctor asks them: all that they are, also the balancer that runs beside an API server. */
export const subjects = (
  asked: readonly DiscoveredHost[],
): readonly {
  readonly name: string;
  readonly address: string;
  readonly roles: readonly string[];
  readonly apiPort?: number;
  readonly guessed: true;
}[] =>
  adoptedHosts(asked).map(({ name, address, roles }, index) => {
    const { programs = [], apiPort } = asked[index]?.facts ?? {};
    return {
      name,
      address,
      roles: [...new Set([...roles, ...(programs.includes('haproxy') ? ['loadBalancer'] : [])])],
      ...(apiPort === undefined ? {} : { apiPort }),
      guessed: true,
    };
  });

/**
 * Two hosts of one name are an illness that must be seen, not one host less: they keep the names that the person gave.
 */
const adoptedHosts = (asked: readonly DiscoveredHost[]): readonly Host[] => {
  const named = asked.map(adoptedHost);
  const counts = new Map<string, number>();
  for (const { name } of named) counts.set(name, (counts.get(name) ?? 0) + 1);
  return named.map((one, index) =>
    (counts.get(one.name) ?? 0) > 1 ? { ...one, name: asked[index]?.host.name ?? one.name } : one,
  );
};

const adoptedHost = ({ host, facts }: DiscoveredHost): Host =>
  facts === undefined
    ? host
    : {
        ...host,
        name: facts.name || host.name,
        address: isAddress(host.address) ? host.address : facts.address || host.address,
        roles: rolesOf(facts),
      };

const isAddress = (text: string): boolean => /^\d+(\.\d+){3}$/.test(text);

const rolesOf = ({ programs }: DiscoveredFacts): readonly Role[] => {
  const runs = (...names: readonly string[]): boolean => names.some(name => programs.includes(name));
  // Some hold all components in one process (k3s, MicroK8s).
  const control = runs('kube-apiserver', 'k3s-server', 'kubelite');
  return [
    ...(programs.includes('etcd') ? ['etcd' as const] : []),
    ...(control ? ['controlPlane' as const] : []),
    ...(!control && runs('kubelet', 'k3s-agent', 'kubelite-worker') ? ['worker' as const] : []),
    ...(!control && programs.includes('haproxy') ? ['loadBalancer' as const] : []),
  ];
};

const mostCommon = (all: readonly string[]): string | undefined => {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
};

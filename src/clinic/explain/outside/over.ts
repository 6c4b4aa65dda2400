/**
 * Troubles that are over: the text itself says, of the same thing and later, that it went well. What comes again behind
 * that is not over.
 */
import { pattern } from '../../../model/pattern.js';
import type { Outside } from './known.js';

interface Passing {
  readonly id: string;
  readonly trouble: RegExp;
  /** What of the trouble must stand in the good end too, by the group `of`. */
  readonly end: (of: string) => RegExp;
  readonly why: string;
  readonly source: readonly [string, ...string[]];
  /** Looks alike, and is not over. */
  readonly near: readonly [string, ...string[]];
}

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

export const passing: readonly Passing[] = [
  {
    id: 'lease-got',
    trouble: /error (?:initially )?(?:retrieving|creating) (?:the )?resource lock (?<of>[\w./-]{1,200}?)[:\s]/i,
    end: of => new RegExp(`successfully acquired lease ${literally(of)}\\b`, 'i'),
    why: 'the lease could not be had at first, and was acquired a moment later',
    source: ['client-go tools/leaderelection/leaderelection.go'],
    near: [
      'error retrieving resource lock kube-system/a: forbidden\nsuccessfully acquired lease kube-system/b',
      'successfully acquired lease kube-system/a\nerror retrieving resource lock kube-system/a: forbidden',
    ],
  },
  {
    id: 'peer-back',
    trouble: pattern(
      /\b(?:lost (?:the )?TCP streaming connection|became inactive|peer .{0,80}unreachable|reach the peer ?URL)\b/i,
      /|\bprober detected unhealthy status\b/i,
    ),
    end: () => /\bpeer\b.{0,60}\bbecame active|established (?:a |the )?TCP streaming connection/i,
    why: 'the connection to another member was cut for a moment, as when that one is restarted, and stands again',
    source: ['bitnami/charts#8591'],
    near: ['peer a became active\nlost the TCP streaming connection with peer a (stream Message reader)'],
  },
  {
    id: 'node-came',
    trouble: /\bnodes? \\*"(?<of>[^"\\]{1,253})\\*" not found/,
    end: of =>
      new RegExp(`successfully registered (?:the )?node\\W{1,8}(?:node=)?\\W{0,4}${literally(of)}(?![\\w.-])`, 'i'),
    why: 'the node was looked for before it was registered, which it was a moment later',
    source: ['kubernetes pkg/kubelet/kubelet_node_status.go', 'kubernetes pkg/proxy/node.go'],
    near: ['Successfully registered node m1\nError getting node: node "m1" not found'],
  },
  {
    id: 'leader-found',
    trouble: /\braft\b.{0,80}\b(?:is starting a new election|became (?:pre-)?candidate|lost leader)\b/i,
    end: () => /\braft\b.{0,80}\b(?:became leader at term|elected leader \w)/i,
    why: 'etcd chose a leader, as it does at every start and whenever one goes away',
    source: ['bsycorp/kind#22', 'raft raft.go (becomeLeader)'],
    near: [
      'raft: a became leader at term 3\nraft: a is starting a new election at term 3',
      [4, 5, 6, 7].map(term => `raft: a is starting a new election at term ${term}`).join('\n'),
    ],
  },
  {
    id: 'node-ready-again',
    trouble: /\bNode (?<of>\S{1,253}) status is now: NodeNotReady/,
    end: of => new RegExp(`\\bNode ${literally(of)} status is now: NodeReady`),
    why: 'the node was not ready for a moment, as when its kubelet or runtime is started anew, and is ready again',
    source: ['kubernetes pkg/kubelet/kubelet_node_status.go'],
    near: ['Node m1 status is now: NodeNotReady\nNode m2 status is now: NodeReady'],
  },
  {
    id: 'network-laid',
    trouble: pattern(
      /no network config found in |cni plugin not initialized|failed to load cni during init/,
      /|NetworkPluginNotReady|NetworkReady=false/,
    ),
    end: () => /status is now: NodeReady|\bbecame Ready\b|just became ready|NetworkReady=true/,
    why: 'the network of the pods was not laid yet when the runtime started, and was a moment later',
    source: ['containerd internal/cri/server/service.go', 'kubernetes pkg/kubelet/kubelet_node_status.go'],
    near: ['Node m1 status is now: NodeReady\nNetworkReady=false reason:NetworkPluginNotReady'],
  },
  {
    id: 'scheduled-since',
    trouble: /\bFailedScheduling\b.{0,300}nodes are available/,
    end: () => /\bSuccessfully assigned \S/,
    why: 'there was no node for the pod at first, and there was one later',
    source: ['kubernetes pkg/scheduler/schedule_one.go'],
    near: ['Successfully assigned ops/web-1 to m1\nFailedScheduling 0/3 nodes are available: 3 Insufficient cpu'],
  },
  {
    id: 'seen-since',
    trouble: /\breflector\.go.{0,60}object-".{0,500}no relationship found between node '(?<of>[^']{1,253})'/,
    end: of => new RegExp(`uccessfully registered (?:the )?node\\W{1,8}(?:node=)?\\W{0,4}${literally(of)}(?![\\w.-])`),
    why: 'the kubelet asked for what its pods read before the API knew that they are its own, and was registered then',
    source: ['kubernetes plugin/pkg/auth/authorizer/node/node_authorizer.go'],
    near: [
      'Successfully registered node m1\nreflector.go:1] object-"ops"/"web": no relationship found ' +
        "between node 'm1' and x",
    ],
  },
  {
    id: 'kubelet-came',
    trouble: /\[kubelet-check\] Initial timeout of \S{1,9} passed/i,
    end: () => /All control plane components are healthy|The kubelet is healthy/i,
    why: 'the first start of the control plane took longer than kubeadm waits in silence, and went well',
    source: ['kubernetes cmd/kubeadm/app/util/apiclient/wait.go'],
    near: ['[kubelet-check] Initial timeout of 40s passed.\n[kubelet-check] It seems like the kubelet is not running'],
  },
  {
    id: 'goes-on-after',
    trouble: /Error looking up in-cluster authentication configuration/i,
    end: () => /Continuing without authentication configuration/i,
    why: 'the API server makes its rules of access in its first seconds; the component was quicker, and goes on',
    source: ['apiserver pkg/server/options/authentication.go'],
    near: [
      'Error looking up in-cluster authentication configuration: configmaps is forbidden: User "system:kube-scheduler"',
    ],
  },
  {
    id: 'server-up-again',
    trouble: /\bServer (?<of>[\w./-]{1,120}) is DOWN\b/,
    end: of => new RegExp(`\\bServer ${literally(of)} is UP\\b`),
    why: 'the load balancer missed this server for a moment, as when it is restarted, and has it again',
    source: ['haproxy src/server.c'],
    near: ['Server k8s/m1 is DOWN, reason: Layer4 timeout\nServer k8s/m2 is UP'],
  },
  {
    id: 'hook-finished',
    trouble: /\bcheck failed: (?:readyz|livez|healthz)\b|^\s*\[-\]\S{1,120} failed: /,
    end: () => /\ball checks passed\b|\b(?:readyz|livez|healthz) check passed\b/,
    why: 'the API server had not yet finished what it does at its start, and has since',
    source: ['apiserver pkg/server/healthz/healthz.go'],
    near: ['readyz check passed\n[-]etcd failed: reason withheld'],
  },
  {
    id: 'learner-promoted',
    trouble: /can only promote a learner member which is in sync/,
    end: () => /\b(?:was promoted to a voting member|promoted (?:a )?learner member)\b/,
    why: 'the new member had not caught up yet when it was first asked to vote, and had at the next try',
    source: ['kubernetes cmd/kubeadm/app/util/etcd/etcd.go (MemberPromote)'],
    near: ['member a was promoted to a voting member\netcdserver: can only promote a learner member which is in sync'],
  },
  {
    id: 'groups-found-since',
    trouble: /unable to retrieve the complete list of server APIs|failed to discover some groups/,
    end: () => /\bsynced (?:quota controller|garbage collector)\b/,
    why: 'an API that an add-on serves was not there yet, and the controller has all of them since',
    source: ['kubernetes pkg/controller/garbagecollector/garbagecollector.go'],
    near: ['synced garbage collector\nunable to retrieve the complete list of server APIs: a.example/v1: stale'],
  },
  {
    id: 'images-removed',
    trouble: /over the high threshold, trying to free bytes/,
    end: () => /\bRemoving image to free bytes\b/,
    why: 'the kubelet makes room by taking away images that nothing uses, as it is told to',
    source: ['kubernetes pkg/kubelet/images/image_gc_manager.go'],
    near: [
      'Disk usage on image filesystem is over the high threshold, trying to free bytes\n' +
        'Removing image to free bytes\nDisk usage on image filesystem is over the high threshold, trying to free bytes',
    ],
  },
];

/** The lines that are over, with those that say so. */
export const overIn = (
  lines: readonly string[],
): { readonly at: ReadonlySet<number>; readonly outside: readonly Outside[] } => {
  const found = passing.flatMap(one => {
    const met = lines.flatMap((line, at) => {
      const hit = one.trouble.exec(line);
      return hit ? [{ at, of: hit.groups?.of ?? '' }] : [];
    });
    const ends = met.map(({ of }) => lines.findLastIndex(line => one.end(of).test(line)));
    return met.length === 0 || met.some(({ at }, index) => (ends[index] ?? -1) < at) ? [] : [{ one, met, ends }];
  });
  return {
    at: new Set(found.flatMap(({ met, ends }) => [...met.map(({ at }) => at), ...ends])),
    outside: found.map(({ one: { id, why }, met: [first] }) => ({
      kind: 'harmless',
      id,
      why,
      todo: 'nothing, unless it comes again and again',
      message: (lines[first?.at ?? 0] ?? '').trim().slice(0, 160),
    })),
  };
};

/** What a cluster makes in its first minute, and what is tried for the first time: once, not again and again. */
import { pattern } from '../../../../model/pattern.js';
import type { Framed } from '../known.js';
import { grave, kept } from './grave.js';

export const notYet: readonly Framed[] = [
  {
    kind: 'harmless',
    id: 'node-not-yet',
    most: 3,
    unless: kept,
    text: pattern(
      /(?:will retry|CSINode|[Ee]viction manager|mirror pod|retrieve node info|node lease|from lister|cached node)/m,
      /.{0,300}/,
      /\bnodes? \\*"[^"\\]{1,253}\\*" not found/,
      /|error getting node: node '[^']{1,253}' is not in cache/,
      // The first round of a wait that doubles.
      /|ensure lease exists, will retry.{0,200}\bleases\S* \\*"[^"\\]{1,253}\\*" not found.{0,40}interval="?200ms/,
      /|Missing timestamp for Node \S{1,253} Assuming now/,
    ),
    why: 'the kubelet or kube-proxy looks for its own node before the node is registered',
    todo:
      'nothing in the first minute; if it keeps coming: kubectl get nodes, and hold the name against the host’s ' +
      '(--hostname-override)',
    source: [
      'kubernetes pkg/kubelet/kubelet_node_status.go',
      'kubernetes pkg/volume/csi/csi_plugin.go',
      'kubernetes pkg/proxy/node.go',
      'coreos/coreos-kubernetes#423',
    ],
    near: [
      'E0203 04:05:06.000000 7 kubelet.go:2448] "Error getting node" err="node \\"blue-1\\" not found"',
      [1, 2, 3, 4]
        .map(n => `E0203 04:05:0${n} 7 node.go:152] Failed to retrieve node info: nodes "m1" not found`)
        .join('\n'),
      '"Error updating node status, will retry" err="dial: refused, node \\"m1\\" not found"',
    ],
  },
  {
    kind: 'harmless',
    id: 'namespace-not-yet',
    most: 6,
    unless: kept,
    but: /Error from server|kubectl|helm/,
    text: pattern(
      /(?:\b[EW]\d{4} \d\d:|\blevel=|\bwill retry).{0,900}/m,
      /\bnamespaces? \\*"(?:default|kube-(?:system|node-lease|public))\\*" not found/,
    ),
    why: 'the API server makes its own namespaces in its first seconds, and somebody was quicker',
    todo: 'nothing, unless it still comes after a minute: kubectl get namespaces',
    source: ['kubernetes/minikube#6974', 'component-helpers apimachinery/lease/controller.go'],
    near: ['Error from server (NotFound): namespaces "kube-system" not found', 'namespaces "shop" not found'],
  },
  {
    kind: 'harmless',
    id: 'filled-later',
    most: 6,
    unless: kept,
    text: pattern(
      /\bsystem container \\*"(?:pods|kubelet|runtime|misc)\\*" not found in metrics/m,
      /|missing content for CA bundle \\*"client-ca::|\bmetric-storage-ready\b.{0,60}\bnot? metrics to serve/m,
      /|\bcaches? (?:is |are |was )?not (?:yet )?(?:fully )?synced\b/m,
      /|bird\d?: Unable to open configuration file \/etc\/calico\/confd\/config\/bird6?(?:_aggr|_ipam)?\.cfg/m,
    ),
    why: 'another part fills this in a few seconds after the start, and the one who asks was quicker',
    todo: 'nothing, unless the same line still comes after a minute',
    source: [
      'kubernetes/minikube#9461',
      'apiserver pkg/server/dynamiccertificates/configmap_cafile_content.go',
      'metrics-server pkg/server (metric-storage-ready)',
      'cilium/cilium#19203',
    ],
    near: [
      'bird: Unable to open configuration file /etc/bird/bird.conf: No such file or directory',
      'error: timed out waiting for the condition: the cache is not synced',
      'system container "pods" not found: x509: certificate signed by unknown authority',
    ],
  },
  {
    kind: 'harmless',
    id: 'pod-left-node',
    most: 3,
    but: /Error from server|kubectl|\bsecrets?\b|\bconfigmaps?\b/i,
    text: /\bstatus for pod\b.{0,600}no relationship found between node '[^']{1,253}' and this object/m,
    why: 'the kubelet asks for a pod that is being deleted, and a node may read its own pods only',
    todo: 'nothing for a few lines; for all pods of a node its kubelet goes by the name of another: kubectl get nodes',
    source: ['kubernetes plugin/pkg/auth/authorizer/node/node_authorizer.go'],
    near: [
      'secrets "a" is forbidden: User "system:node:m1" cannot get it: no relationship found between node and object',
      'Unable to register node: nodes "m2" is forbidden: node "m1" is not allowed to modify node "m2"',
    ],
  },
  {
    kind: 'harmless',
    id: 'nothing-kept',
    most: 3,
    unless: pattern(
      grave,
      /|\b(?:etcd|wal|raft|member|snapshot|backup|restore)\b|\b[EF]\d{4} |level="?(?:error|fatal)/,
    ),
    text: pattern(
      /(?:\bW\d{4} \d\d:|\blevel="?warn|\[WARN).{0,200}\b(?:checkpoint|saved state|previous state|state file)\b/im,
      /.{0,160}(?:not found|does not exist|no such file)/,
    ),
    why: 'nothing is kept of an earlier run, as at every first start',
    todo: 'nothing, at the first start of this program on this host',
    source: ['kubernetes pkg/kubelet/cm/devicemanager/manager.go (kubelet_internal_checkpoint)'],
    near: [
      'W0102 03:04:05 7 a.go:1] the checkpoint is corrupt, and its copy was not found',
      'level=warning msg="etcd snapshot state file not found"',
    ],
  },
  {
    kind: 'harmless',
    id: 'first-try',
    most: 2,
    unless: grave,
    text: pattern(
      /(?:\battempt(?:=|"?: ?)"?[01]\b|\bconsecutiveErrors=1\b|durationBeforeRetry (?:500ms|1s)\b).{0,600}/im,
      /(?:\bcontext canceled|\bnot (?:yet )?registered|\btry(?:ing)? again|\bcache\b)/,
    ),
    why: 'the first try did not succeed, the line counts it, and the next one follows by itself',
    todo: 'nothing, unless the count in the line grows',
    source: ['cilium pkg/allocator (key allocation attempt failed)', 'cilium pkg/controller (consecutiveErrors)'],
    near: [
      'level=warning msg="key allocation attempt failed" attempt=0 error="dial tcp: connection refused, trying again"',
      'level=warning msg="Controller run failed" consecutiveErrors=12 error="context canceled"',
    ],
  },
  {
    kind: 'harmless',
    id: 'slow-once',
    most: 2,
    but: /heartbeat|overload|no leader|\blost\b|\btook\b.{0,40}\b\d+(?:\.\d+)?s\b|too long\W{1,4}\d+(?:\.\d+)?s\b/i,
    unless: /deadline|timed? ?out|"error"|expected (?:less|more)/i,
    text: pattern(
      /\btook too long\b(?:.{0,600}?[[(: ])?(?:[1-4]\d\d|\d{1,2})(?:\.\d+)?(?:ms|µs)\b/im,
      /|avoid queries with large range/im,
    ),
    why: 'one request took some tenths of a second, where etcd allows one',
    todo: 'nothing for a line now and then; many of them, or seconds in them, are a slow disk: kw cases etcd-slow-disk',
    source: ['kubernetes/kubernetes#43363', 'etcd-io/etcd#12205', 'k3s-io/k3s#2938'],
    near: [
      'W | etcdserver: read-only range request "key" took too long (1.204667087s) to execute',
      [1, 2, 3].map(() => 'W | etcdserver: request "header" took too long (133.667087ms) to execute').join('\n'),
    ],
  },
];

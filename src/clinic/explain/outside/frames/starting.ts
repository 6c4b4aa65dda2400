/** Said once while something starts, and an illness if it goes on: what to do names the one that it would be then. */
import { pattern } from '../../../../model/pattern.js';
import type { Framed } from '../known.js';
import { grave } from './grave.js';

/** Whoever asked for it did not get it: no start of a server any more. */
const asked =
  /Error from server|\bkubectl\b|\bhelm\b|\bwebhook|again and again|\bkeeps?\b|\bevery\b|for \d+ ?(?:m|h)\b/i;

export const starting: readonly Framed[] = [
  {
    kind: 'harmless',
    id: 'probe-passed-since',
    but: /[Ll]iveness probe failed|Back-?[Oo]ff|CrashLoop|\bKilling\b|\bNotReady\b/,
    // Last and first time lie within the same minute, which is minutes ago.
    text: pattern(
      /\b((?:[2-9]|\d\d+)m|\d+h|\d+d)(?:\d+[ms])* \(x\d+ over \1(?:\d+[ms])*\)\s{1,20}kubelet\b/m,
      /.{0,120}\b(?:[Ss]tartup|[Rr]eadiness) probe (?:failed|errored)/,
    ),
    why: 'the probe asked while the program was still starting; minutes have gone by since, and it failed no more',
    todo: 'nothing, if the pod is Ready: kubectl get pod',
    source: ['cilium/cilium#34214'],
    near: [
      'Warning  Unhealthy  9s (x40 over 9m48s)  kubelet  Startup probe failed: dial tcp: connection refused',
      'Warning  Unhealthy  9m (x40 over 42m)  kubelet  Readiness probe failed: dial tcp: connection refused',
    ],
  },
  {
    kind: 'harmless',
    id: 'endpoints-set',
    most: 3,
    but: pattern(
      asked,
      /|flip|flap|alternat|refused|time(?:d )?-?out/,
      // One list, another one, and the first again: two write it in turns.
      /|\bservice \S+ to (?<one>\[[^\]]*\])[\s\S]*service \S+ to (?!\k<one>)\[[\s\S]*service \S+ to \k<one>/,
    ),
    text: /\bW\d{4} \d\d:.{0,200}\bResetting endpoints for master service \\*"kubernetes\\*" to\b/m,
    why: 'an API server has started or stopped, and the endpoints of default/kubernetes are written anew',
    todo: 'nothing for a line per start; if it comes every ten seconds: kw cases master-endpoints-reset',
    source: ['kubernetes pkg/controlplane/reconcilers/lease.go'],
    near: [
      'Resetting endpoints for master service "kubernetes" to [10.0.0.1] every ten seconds',
      [1, 2, 3, 4]
        .map(n => `W0102 03:04:${n}0.000000 7 lease.go:1] Resetting endpoints for master service "kubernetes" to [a]`)
        .join('\n'),
    ],
  },
  {
    kind: 'harmless',
    id: 'server-not-yet',
    most: 5,
    but: asked,
    unless: /refused|x509|unauthori[sz]ed|forbidden|deadline/i,
    text: /\bisn't healthy yet: .{0,300}\bWaiting a little while\b/m,
    why: 'the controllers start beside their API server, and wait until its own start is done',
    todo: 'nothing, if it ends within a minute; if not: kubectl get --raw /readyz?verbose',
    source: ['kubernetes cmd/kube-controller-manager/app/helper.go (Waiting a little while)'],
    near: [
      'Error from server (InternalError): [-]poststarthook/rbac/bootstrap-roles failed: reason withheld',
      "keeps saying APIServer isn't healthy yet: [-]etcd failed: reason withheld. Waiting a little while.",
    ],
  },
  {
    kind: 'harmless',
    id: 'network-not-yet',
    most: 1,
    but: pattern(asked, /|NetworkReady|NotReady|NetworkPluginNotReady|sandbox/),
    // Older ones say it as an error, also where nobody will ever lay the network.
    text: /\blevel=warning msg="failed to load cni during init, please check CRI plugin status\b/m,
    why: 'containerd starts before the network of the pods is laid, and loads its file as soon as that is there',
    todo: 'nothing, if the node becomes Ready within five minutes; if not: kw cases node-not-ready-cni',
    source: ['containerd internal/cri/server/service.go'],
    near: [
      'level=warning msg="failed to load cni during init, please check CRI plugin status"\nkubelet: NetworkReady=false',
      [1, 2].map(() => 'level=warning msg="failed to load cni during init, please check CRI plugin status"').join('\n'),
    ],
  },
  {
    kind: 'harmless',
    id: 'aggregated-not-yet',
    most: 6,
    but: pattern(asked, /|Terminating|FailedDiscoveryCheck|MissingEndpoints/),
    text: pattern(
      /\berror resolving \S{1,200}: no endpoints available for service\b/m,
      /|\bloading OpenAPI spec for \S{1,253} failed with: Error, could not get list of group versions for APIService/,
    ),
    why: 'an API that is served by a pod is asked before that pod is ready',
    todo: 'nothing, if kubectl get apiservices says True after five minutes; if not: kubectl describe apiservice NAME',
    source: [
      'kube-aggregator pkg/apiserver/handler_proxy.go',
      'kube-aggregator pkg/controllers/openapi/aggregator (could not get list of group versions)',
    ],
    near: [
      'failed calling webhook "a.b.c": no endpoints available for service "a"',
      'Error from server: error resolving ops/a: no endpoints available for service "a"',
    ],
  },
  {
    kind: 'harmless',
    id: 'asked-without-certificate',
    most: 4,
    but: asked,
    unless: /expired|unknown authority|bad certificate|x509/i,
    text: /\brejected connection (?:on (?:client|peer) endpoint|from)\b.{0,300}client didn't provide a certificate/m,
    why: 'somebody looked whether the port is open, as a scanner or a health check does, and showed no certificate',
    todo: 'nothing; if it comes every few seconds find by the address in the line who asks etcd without one',
    source: ['etcd server/embed/config_logging.go (rejected connection)', 'go crypto/tls (errNoCertificates)'],
    near: ['rejected connection on peer endpoint error="remote error: tls: bad certificate"'],
  },
  {
    kind: 'harmless',
    id: 'cache-behind',
    most: 5,
    unless: /refused|x509|unauthori[sz]ed|forbidden|deadline|\betcd\b|no leader/i,
    text: /\bread version: \d+ is not as new as written version: \d+/m,
    why: 'a controller has not yet read back what it wrote itself, waits, and tries again',
    todo: 'nothing, unless the same two numbers come for minutes',
    source: ['kubernetes pkg/controller/util/consistency (is not as new as written version)'],
    near: ['the etcd member’s read version: 3 is not as new as written version: 9: no leader'],
  },
  {
    kind: 'harmless',
    id: 'no-checkpoint-yet',
    most: 2,
    unless: pattern(grave, /|\b(?:etcd|wal|raft|member|snapshot|backup|restore)\b/),
    text: /\bcheckpoint\b.{0,80}\bcheckpoint is not found\b.{0,60}\bkubelet_internal_checkpoint\b/im,
    why: 'the kubelet starts on this host for the first time, and has kept nothing yet',
    todo: 'nothing, at the first start; later it means that /var/lib/kubelet was emptied',
    source: ['kubernetes pkg/kubelet/cm/devicemanager/manager.go'],
    near: [
      '"Failed to read data from checkpoint" err="checkpoint is corrupted" checkpoint="kubelet_internal_checkpoint"',
    ],
  },
  {
    kind: 'harmless',
    id: 'stream-closed',
    most: 6,
    but: /\blost\b|unhealthy|unreachable|no leader|inactive|\bfail/i,
    text: /\bclosed TCP streaming connection with remote peer\b/m,
    why: 'etcd closed a stream to another member itself: one of the two stops, or a newer stream takes its place',
    todo: 'nothing, if it is said once for each start; if it goes on: kw cases quorum-lost',
    source: ['etcd server/etcdserver/api/rafthttp/stream.go'],
    near: ['lost TCP streaming connection with remote peer'],
  },
];

/** Lines that frighten and say nothing bad: what nobody uses and is not there, and what is gone already. */
import { pattern } from '../../../model/pattern.js';
import type { Account, Target } from '../account.js';
import type { Known } from './known.js';

/** Whoever cannot take away what is of no use any more has another trouble than that it is gone. */
const needed: ReadonlySet<Target | undefined> = new Set<Target>([
  'program',
  'runtime',
  'api-server',
  'etcd',
  'etcd-peer',
  'credential',
  'storage-driver',
  'volume',
  'node',
]);
const itself = /^(?:https?:\/\/)?(?:127(?:\.\d+){3}|localhost|\[?::1\]?)(?::\d+)?/;
const isItself = ({ whom, at = '' }: Account): boolean => whom === 'api-server' && itself.test(at);

export const harmlessChatter: readonly Known[] = [
  {
    kind: 'harmless',
    id: 'own-start',
    says: account => account.who === 'api-server' && account.how === 'refused' && isItself(account),
    why: 'the API server’s own clients ask it before it listens, at every start',
    todo: 'nothing, unless it still comes a minute after the start',
  },
  {
    kind: 'harmless',
    id: 'gone-already',
    but: pattern(
      /plugin "[^"]{1,80}"|find plugin|executable|x509|\bdial\b|finalizer|NotReady|\bCreate|\bAdd\b|failed \(add\)/,
      /|\b(?:etcd|member|pki|\.kube|kubeconfig|manifests)\b|Error from server|kubectl|kubeadm/,
    ),
    says: ({ who, doing, whom, how }) =>
      who !== 'kubectl' && doing === 'tidy' && how === 'not-found' && !needed.has(whom),
    text: pattern(
      /Unable to (?:flush|delete) \w+ ip6?tables chain|removing identity not added to the identity manager/im,
      /|Unable to remove \S{1,80}:? .{0,60}(?:not found|no such)/im,
    ),
    why: 'it was to be taken away, and is not there any more',
    todo: 'nothing',
  },
  {
    kind: 'harmless',
    id: 'no-error',
    but: /\b(?:refused|time(?:d )?-?out|deadline|x509|no route|unreachable|denied|panic|OOM|killed)\b/i,
    text: /\b(?:err|error)(?:=|":) ?"?<nil>"?(?:[\s,}]|$)/m,
    why: 'the line carries an error that is empty (<nil>): nothing failed',
    todo: 'nothing',
  },
  {
    kind: 'harmless',
    id: 'object-gone',
    // By the source files of the controllers that go through all objects again and again.
    text: pattern(
      /\b(?:garbagecollector|graph_builder|(?:actual|desired)_state_of_world\w*|disruption|replica_set)/im,
      /\.go:\d+\].{0,600}(?:not found|does not exist)/,
      /|\b(?:stateful_set\w*|endpoint\w*_controller|horizontal|cronjob_controller\w*|tokens_controller)/,
      /\.go:\d+\].{0,600}(?:pods?|services?|jobs?|replicasets?\S*|serviceaccounts?|namespaces?) "[^"]+" not found/,
      // What comes and goes; an account, a Secret or a volume that is not there is missed.
      /|\b(?:\w*controller\w*|schedule_one|token_manager|dynamicresources|node_tree)\.go:\d+\].{0,600}/,
      /\b(?:nodes?|pods?|endpoints|endpointslices?\S*|jobs?\S*|resourceclaims?\S*) \\*"[^"\\]+\\*" not found/,
    ),
    why: 'a controller goes through all objects again, and this one has been deleted in between',
    todo: 'nothing, unless the same name comes for minutes',
  },
  {
    kind: 'harmless',
    id: 'other-runtime',
    // The kubelet's statistics look for every runtime that there is.
    text: pattern(
      /Registration of the \w[\w-]* (?:container )?factory failed/im,
      /|\b(?:CRI-?O|Docker|podman|mesos\w*) not connected: /im,
      /|unable to (?:register|connect to) (?:Rkt|Docker|CRI-?O|Mesos|podman)\b.{0,200}(?:factory|service|client)/im,
    ),
    why: 'the kubelet’s statistics look for every container runtime that there is, and this one is not installed',
    todo: 'nothing; the runtime in use is named by --container-runtime-endpoint',
  },
  {
    kind: 'harmless',
    id: 'plain-speech',
    text: pattern(
      /TLS handshake error from \S+: tls: (?:first record does not look like a TLS|client offered only unsupported)/im,
      /|TLS handshake error from \S+: tls: (?:no cipher suite supported|unsupported SSLv2|client requested uns)/im,
    ),
    why: 'somebody speaks plain HTTP, or an old form of TLS, to this port; the server does what it should',
    todo: 'find who asks by the address in the line: a health check, a scanner, a Service with the wrong scheme',
  },
  {
    kind: 'harmless',
    id: 'request-ended',
    // By its letters: `CD` is a client that went away in the middle, `cD` one that was silent for too long.
    text: /\bhaproxy(?:\[\d+\])?: \S+:\d+ \[.{8,40}\] .{1,200} (?:--|CD|----|CD--) \d+\/\d+\/\d+\/\d+\/\d+ /m,
    why: 'the load balancer writes down each request that has ended, and this one ended as its client wanted',
    todo: 'nothing',
  },
  {
    kind: 'harmless',
    id: 'parts-not-used',
    text: pattern(
      /Skipping (?:symbol substitution|unsupported runtime layer)|File not found\. Ignoring endpoint/im,
      /|Unable to (?:read|hash|open|parse) (?:the )?(?:C )?header file/im,
      /|Failed to auto-detect host MTU - no interfaces/im,
      /|BPF .{0,60}not supported by kernel, (?:disabling|falling)/im,
      /|Disabled support for .{1,60} due to missing kernel support/im,
      /|requires kernel >?=? ?\d.{0,40}(?:disabling|skipping)/im,
    ),
    why: 'the network’s agent looks for a part that this kernel or host does not have, and goes on without it',
    todo: 'nothing, unless you have switched that part on',
  },
];

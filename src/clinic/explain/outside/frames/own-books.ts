/** A program's own books: its cache, its counters, its checks of itself. Nobody else lives of them. */
import { pattern } from '../../../../model/pattern.js';
import type { Framed } from '../known.js';
import { followed } from './followed.js';
import { grave, kept } from './grave.js';

/** What is only counted or told. */
const counted = pattern(
  /(?<![-\w])(?:metrics?|OOM monitor|statistics|[Ss]tats|histogram|time ?series|trac(?:e|ing|es)|spans?)\b/,
  /|\baudit annotations?\b/,
  /|\bcpu usage\b|\bprocess start time\b|\b(?:node|pod|container) point\b/,
  /|\b(?:Pod|Container|PodSandbox|ImageFs)Stats\b|\bcoverage file\b|\bOOM (?:detection|events?)\b/,
);
/** What may become of it. */
const notCounted = pattern(
  /(?:duplicate|[Ss]kip(?:ping|ped)|already (?:registered|set)|unexpected decrease|underflow|invalid|transient)/,
  /|not found|no such file|deleted|[Cc]ouldn't move|stopped|closed|timestamps are/,
  /|cardinality|unsupported type|unexpected error|truncat(?:ing|ed)\b/,
  /|\b(?:won't|will not|cannot) be (?:available|collected|exported|reported|counted)|\bdisabl(?:ing|ed)\b/,
);
/** Somebody waits for an answer, or lives of what is named. */
const neededByOthers = pattern(
  kept,
  /|\b(?:scrap(?:e|er|ing)|panic|fatal|create(?! .{0,60}\bmetric))\b/i,
  /|\b(?:mount|pull|lost|leader|lease|raft|wal|full|corrupt\w*)\b/i,
  /|metrics-server|metrics\.k8s\.io|Error from server|input\/output error|no space|time(?:d )?-?out|\b50\d\b/,
);

export const ownBooks: readonly Framed[] = [
  {
    kind: 'harmless',
    id: 'odd-object',
    but: /Error from server|kubectl|\bhelm\b/,
    unless: pattern(
      neededByOthers,
      /|\b(?:certificate|bootstrap|kubeconfig|manifest|config file|etcd|wal|snapshot)\b/i,
    ),
    text: pattern(
      /\b[Cc]ould ?n[o']t get (?:object|key|obj)\b|\btombstone\b|\bobject has no meta\b/m,
      /|\bdoes not implement the Object interfaces\b|\b[Cc]an(?:not|'t) (?:convert|wrap|cast) (?:.{0,60} )?\*\w/,
      /|\bnil \w+ object provided\b/,
      /|\breturned non-\w{1,60} object\b|\b[Ff]ailed to cast [A-Z]\w|\b[Cc]ould ?n[o']t make a ref\b/,
      /|\b[Ee]xpect(?:ed)? \*?(?:type )?[\w.]{1,60},? (?:but )?(?:got|actual)|\b[Ee]xpected [A-Z]\w{2,60}"? actual="\*/,
      /|\bunexpected (?:object )?type(?::? (?:\*|v\d|%!|&)| in )/,
      /|\b[Cc]an(?:'t|not) (?:make|get) an? (?:\w+ )?ref(?:erence)?\b/,
      /|\bunexpected object in\b|\bcontained non-\w+ object|\bcan't convert object\b/,
      /|\bempty key: |\bfailed to parse the pod full name\b|\bdoes not have \w+ condition\b/,
      /|\b[Nn]o \w+ (?:\w+ ){0,5}found in the cache\b|\b[Ll]ister\w* not found on\b|\bfrom lister"/,
      /|\b(?:wasn't|was not|was) assumed\b.{0,80}\b(?:forgotten|got added)\b|\bwith an entity that was already\b/,
      /|\bWriteHeader called\b|\bduplicate path registration\b|\bfinding internal deleter\b|\binvalid cache type\b/i,
    ),
    why: 'a controller met something in its own cache that it cannot read, and leaves it out',
    todo: 'nothing; its next look at all objects puts its cache right. A newer version may be silent about it',
    source: [
      'client-go tools/cache/delta_fifo.go (DeletedFinalStateUnknown)',
      'apimachinery pkg/api/meta (object does not implement the Object interfaces)',
    ],
    near: [
      'error: expected *v1.Config, got an expired certificate',
      'Error from server (BadRequest): object does not implement the Object interfaces',
    ],
  },
  {
    kind: 'harmless',
    id: 'only-counted',
    unless: neededByOthers,
    text: pattern(followed(counted, 200, notCounted), /|/, followed(notCounted, 200, counted)),
    why: 'something was to be counted or told of, and was not; what is counted goes on as before',
    todo: 'nothing, unless your graphs miss it for minutes',
    source: [
      'kubernetes pkg/kubelet/server/stats',
      'metrics-server pkg/storage (Got duplicate node point)',
      'containerd internal/cri/server (PodSandboxStats)',
    ],
    near: [
      'Failed to scrape node: metrics of the kubelet not found: 404',
      'unable to fetch container metrics: x509: certificate signed by unknown authority, skipping',
      'W0102 03:04:05.000000 7 a.go:1] the metrics server is stopped: no space left on device',
    ],
  },
  {
    kind: 'harmless',
    id: 'not-put-in-words',
    unless: pattern(neededByOthers, /|\b(?:checkpoint|state|config file|manifest|secret|certificate|etcd)\b/),
    text: pattern(
      /\b[Ff]ailed to (?:marshal|serialize|format)\b|\berror (?:marshaling|formatting)\b/m,
      /|\biptables canary\b.{0,200}\b(?:xtables lock|exit status 4)\b/,
    ),
    why: 'something was only to be looked at or put into words, for a log or an answer, and was not',
    todo: 'nothing; the work itself goes on',
    source: [
      'containerd internal/cri/server/images/image_status.go (failed to marshal info)',
      'kubernetes pkg/util/iptables/iptables.go (Could not check for iptables canary)',
    ],
    near: [
      'failed to marshal the checkpoint: no space left on device',
      'Failed to execute iptables-restore: exit status 4: Another app is currently holding the xtables lock',
    ],
  },
  {
    kind: 'harmless',
    id: 'own-check',
    unless: pattern(neededByOthers, /|\b(?:etcd|certificate|snapshot)\b/),
    text: pattern(
      /\bthis is unexpected\b|\bthis should (?:not|never) happen\b/im,
      /|\bshould(?:n't| not| never)? (?:be|have (?:made this|been)) (?:un)?reach/im,
      /|\bimpossible decision\b|\b\w+ underflow\b|\btracked in multiple places\b/,
      /|\bmissing (?:actuated|allocated) \w+ record\b|\bno QueueingHintMap is registered\b|\bno RequestInfo found in\b/,
    ),
    why: 'a check that a program makes of its own books did not hold, and it goes on',
    todo: 'nothing for a single line; its version and the line are worth a report to those who wrote it',
    source: ['kubernetes pkg/scheduler/backend/cache/cache.go', 'apiserver pkg/util/flowcontrol/fairqueuing/queueset'],
    near: ['etcd: this should never happen: the member is unknown', 'the lease was lost, this should not happen'],
  },
  {
    kind: 'harmless',
    id: 'put-right',
    most: 3,
    unless: /refused|x509|unauthori[sz]ed|no leader|\bcorrupt|deadline|no space|input\/output/i,
    text: pattern(
      /\brebuilding \w+ (?:\w+ )?due to (?:unexpected )?error\b|\b[Ff]ound stale \w+, (?:removed|deleted|cleaned)\b/m,
      /|\bfeature gates? implementation has already been used\b/,
    ),
    why: 'a program found its own records out of date, and made them new',
    todo: 'nothing, unless it comes every minute',
    source: [
      'kubernetes pkg/scheduler/backend/cache/cache.go (rebuilding node snapshot)',
      'kubernetes pkg/controlplane/controller/kubernetesservice (Found stale data)',
    ],
    near: ['rebuilding the data due to error: the WAL is corrupt', 'found stale leases: no leader'],
  },
  {
    kind: 'harmless',
    id: 'says-it-passes',
    most: 5,
    unless: pattern(grave, /|\b(?:etcd|certificate|leader|lease)\b|Error from server/i),
    text: pattern(
      /\b(?:likely|probably|may be|is) a transient (?:error|failure|issue)\b/im,
      /|\btransient (?:file removal|conflict)\b/,
    ),
    why: 'the line says itself that this passes',
    todo: 'nothing, unless it still comes after some minutes',
    source: ['containerd internal/cri/server/list_pod_sandbox_metrics.go', 'etcd server/storage/wal/wal.go'],
    near: ['this is likely a transient error: connection refused', 'no leader, may be a transient failure'],
  },
  {
    kind: 'harmless',
    id: 'newer-method',
    unless: /\bunknown service\b|x509|refused/i,
    text: /\bcode = Unimplemented\b.{0,60}\bunknown method \w+ for service \S/im,
    why: 'the other side is older and has no such call yet; the older way is taken in its place',
    todo: 'nothing; a newer version of the other side has it',
    source: ['kubernetes pkg/kubelet/pleg/evented.go (GetContainerEvents)', 'cri-client pkg/remote_runtime.go'],
    near: ['rpc error: code = Unimplemented desc = unknown service runtime.v1.RuntimeService'],
  },
];

/** Somebody went away, as is his right: a client before its answer, a program that was told to stop. */
import { pattern } from '../../../../model/pattern.js';
import type { Framed } from '../known.js';
import { followed } from './followed.js';
import { grave } from './grave.js';

/** What a server was at. */
const answers = pattern(
  /\brejected connection|\bunable to write an? (?:\w+ )?(?:\w+ )?response|\berror(?: while)? writing .{0,40}response/im,
  /|\bcopying from (?:local connection|remote)|\bserving \d+(?:\.\d+){3}:\d+|\bObserved a panic/,
  /|\berror on socket receive|\bfailed to (?:send|receive) .{1,80}(?:gRPC )?stream\b/,
  // Whoever hands bytes on, or writes down what somebody watches.
  /|\b(?:failed to|unable to|couldn't|error|cannot) (?:\w+ ){0,2}/,
  /(?:encod|redirect|attach|resiz|forward|proxy|stream)\w*/,
  /|\b(?:failed to|unable to|error) (?:copy|write|send|close|terminate|flush)\w*|\bcopy(?:ing)? (?:shim|stream|std)\w*/,
  /|\b(?:resize pty|console resize|forward event|[Hh]ealthcheck closed|Closing gRPC|failed to disconnect)\b/,
);
/** How the other end went. */
const left = pattern(
  /\bEOF\b|connection reset by peer|broken pipe|stream closed|client disconnected|context canceled|abort Handler/,
  /|transport is closing|code = Canceled|client connection is closing|use of closed (?:network connection|file)/,
  /|http: Handler timeout|file already closed|closed pipe|ttrpc: closed|process already finished|container not running/,
  /|killing connection\/stream because serving request timed out and response had been started/,
);

export const hungUp: readonly Framed[] = [
  {
    kind: 'harmless',
    id: 'client-hung-up',
    unless: /certificate|remote error|refused|\bdial\b|nil pointer|runtime error|index out of range|\bno leader\b/i,
    text: followed(answers, 400, left),
    why: 'whoever asked went away before the answer was written, and the server says so',
    todo: 'nothing, unless it comes every second: then find by the address or the request in the line who hangs up',
    source: [
      'kubernetes/kubernetes#90434',
      'etcd server/embed/config_logging.go (rejected connection)',
      'apiserver pkg/server/filters/timeout.go',
    ],
    near: [
      '{"level":"warn","msg":"rejected connection","error":"remote error: tls: bad certificate"}',
      'E0702 10:13:42.010222 1 runtime.go:79] Observed a panic: "invalid memory address or nil pointer dereference"',
    ],
  },
  {
    kind: 'harmless',
    id: 'connection-not-wanted',
    unless: /refused|x509|certificate|no route|time(?:d )?-?out|deadline|no such|no leader|handshake/i,
    text: /\bcreateTransport failed to connect\b.{0,600}\b(?:context canceled|operation was canceled)/m,
    why: 'gRPC was about to connect when the one who wanted it was done: it lets go, and nothing was refused',
    todo: 'nothing; it comes with every check of health that ends before its connection stands',
    source: ['prometheus-community/helm-charts#7115', 'grpc-go clientconn.go (createTransport)'],
    near: [
      'W0102 03:04:05.000000 7 logging.go:55] [core] grpc: addrConn.createTransport failed to connect to ' +
        '{Addr: "192.0.2.11:2379"}. Err: connection error: desc = "dial tcp 192.0.2.11:2379: connection refused"',
    ],
  },
  {
    kind: 'harmless',
    id: 'ended-there',
    most: 5,
    but: /Error from server|kubectl|\bhelm\b|\bkubeadm\b|CrashLoop/,
    unless: pattern(
      grave,
      /|\b(?:pull\w*|image|creat\w*|sandbox|start\w*|mount\w*|lease|lock|leader|etcd\w*|raft|wal|login|hash)\b/i,
      /|\b(?:snapshot|transport|unmarshal\w*|decod\w*|read|handshake|dial|probe\w*|plugin\w*|recover\w*)\b/,
      // An address with its port; not the time of day, nor a line of a source.
      /|\.\d{1,3}:\d{2,5}\b|\]:\d{2,5}\b|\b[a-z][\w-]*(?<!\bgo):\d{4,5}\b/,
    ),
    // That alone is what went wrong.
    text: pattern(
      /\b(?:err|error)(?:=|":\s?)\\*"?/m,
      /(?:EOF|ttrpc: closed(?:: unknown)?|stream closed|io: read\/write on closed pipe)/,
      /\\*"?(?=[\s,}]|$)/,
    ),
    why: 'the other end had come to its end, as a container or a transfer does, and the line says only that',
    todo: 'nothing, unless it comes every second, or what you use has stopped as well',
    source: ['containerd cmd/containerd-shim-runc-v2/task (post event)', 'containerd core/transfer/proxy'],
    near: [
      'level=error msg="failed to create containerd task" error="ttrpc: closed: unknown"',
      'level=error msg="failed to unmarshal the snapshot" error="EOF"',
    ],
  },
  {
    kind: 'harmless',
    id: 'next-round',
    most: 4,
    but: /Error from server|kubectl|\bhelm\b|\bkubeadm\b/,
    unless: pattern(
      grave,
      /|\bvalidate the identity\b|\b(?:JWS|signature|token|credentials?)\b/i,
      /|NotReady|Unreachable|\b(?:etcd\w*|lease|leader|certificate|mount\w*|image|sandbox|start|create)\b/i,
      // Of what went wrong only this is of no weight.
      /|\b(?:err|error)(?:=|":\s?)(?!.{0,300}(?:already exists|object has been modified)\\*"?(?=[\s,}]|$))/,
    ),
    text: pattern(
      /\b[EW]\d{4} \d\d:.{0,400}\b(?:[Ww]ill (?:retry|try again)|[Rr]equeu(?:e|ing)(?: it)?|[Rr]etrying)\b/m,
      /|\blevel=(?:error|warning) .{0,300}\b[Ww]ill (?:retry|try again)\b/,
    ),
    why: 'it did not succeed this time, and the line says that it is tried again at the next round',
    todo: 'nothing, unless the same line comes for minutes',
    source: [
      'kubernetes pkg/controller/nodelifecycle (Will retry in next iteration)',
      'kubernetes pkg/registry/flowcontrol/rest/storage_flowcontrol.go',
    ],
    near: [
      'E0102 03:04:05.000000 7 a.go:1] "Failed to update lease, will retry" err="etcdserver: request timed out"',
      'E0102 03:04:05.000000 7 a.go:1] "Failed to set up the rules, will retry" err="exit status 3"',
      'Failed to ask for the public settings, will try again: could not find a signature for the token ID "a"',
    ],
  },
  {
    kind: 'harmless',
    id: 'told-to-stop',
    but: pattern(
      /[Ll]iveness|back-?off|CrashLoop|\bOOM|\b(?:137|139)\b|SIGKILL|status=9|timed out\. Killing|segfault/i,
      /|\brestart(?:s|ed|ing)? (?:again|every|count)|\b(?:again and again|keeps?|every)\b/i,
    ),
    unless: /\b(?:failed|unable|cannot|denied|refused)\b/i,
    text: pattern(
      /\bSIGTERM: Shutting down|Going into lameduck mode|\b(?:received|got|caught) (?:a )?(?:the )?(?:termination )?/im,
      /signal:? ?"?(?:SIGTERM|SIGINT|terminated|interrupt|15)\b|\breceived signal; shutting down/im,
      /|exited with code (?:143|130) /im,
      /|Exiting Master process|All workers exited\. Exiting\.\.\. \(0\)|Proxy \S{1,80} stopped \(cumulated conns/im,
      /|; server (?:is )?stop(?:ped|ping)\b|\bReceived (?:SIGTERM|SIGINT|termination signal)\b/im,
      /|\bshutting down (?:gracefully|on signal)/im,
    ),
    why: 'the program was told to stop, and stops as it should',
    todo: 'nothing, if you or a rollout did that; if nobody did: kubectl describe pod says who ended it',
    source: ['coredns plugin/health (lameduck)', 'haproxy src/mworker.c (exit code 143: SIGTERM)'],
    near: [
      '[ALERT] (1) : Current worker (8) exited with code 139 (Segmentation fault)',
      'Liveness probe failed, the container is restarted\n[INFO] SIGTERM: Shutting down servers then terminating',
    ],
  },
  {
    kind: 'harmless',
    id: 'call-cancelled',
    most: 5,
    unless: pattern(
      grave,
      /|\b(?:pull\w*|image|creat\w*|sandbox|start\w*|mount\w*|lease|lock|renew\w*|leader|etcd|raft|login)\b|Error from/,
      /|(?:consecutiveErrors|attempts?)(?:=|"?: ?)"?(?:[2-9]|\d\d)/,
    ),
    text: /\bcontext canceled(?:: unknown)?\\*"?[)\]}]?(?:\s+[\w.]{1,40}=.{0,400})?\s*$/im,
    why: 'whoever asked for this stopped asking, as happens at every end and every new round',
    todo: 'nothing, unless it keeps coming: then what runs out of time is above it in the log',
    source: ['cilium pkg/controller', 'client-go tools/cache/reflector.go'],
    near: [
      'failed to pull image "web": rpc error: code = Canceled desc = context canceled',
      'error: lost the leader: context canceled',
    ],
  },
];

/** Warnings after which the one who warns goes on as before. */
import { pattern } from '../../../model/pattern.js';
import type { Known } from './known.js';

export const harmlessWarnings: readonly Known[] = [
  {
    kind: 'harmless',
    id: 'kernel-warning',
    // A check of the kernel's own network code that found something odd; after these others the host does not go on.
    but: pattern(
      /\bBUG:|\bOops\b|panic|lockup|hung_task|blocked for more|dev_watchdog|transmit queue|general protection/i,
      /|refcount_t|use-after-free|unregister_netdevice|list_(?:add|del) corruption|I\/O error|Out of memory/i,
    ),
    text: /\bWARNING: CPU: \d+ PID: \d+ at (?:\.\/)?(?:net|include\/net)\/(?!sched\/)\S+:\d+ \w+/m,
    why: 'a check in the kernel’s network code found a count that is off, and the kernel goes on',
    todo: 'nothing; if it comes often, a newer kernel: the name behind the line’s number finds the bug report',
  },
  {
    kind: 'harmless',
    id: 'no-config-map',
    text: pattern(
      /\b(?:level="?(?:info|warn\w*|debug)|[IW]\d{4} \d\d:).{0,200}(?:unable to|failed to|could not|couldn't) /im,
      /(?:fetch|get|read|load|find) .{0,60}\bconfig ?map: ?config ?maps? \\?"(?!extension-apiserver|cluster-info|kube)/,
      /[\w.-]+\\?" not found/,
    ),
    why: 'a component looks for the settings of an add-on that is not installed here, or has another name',
    todo: 'nothing, if you left the add-on out or brought your own',
  },
  {
    kind: 'harmless',
    id: 'listener-left',
    but: /\blevel="?(?:error|fatal)|(?:^|\s)[EF]\d{4} \d\d:|\betcd\b|raft/,
    text: pattern(
      /\b(?:removing|closing|dropping) (?:the )?(?:client|listener|subscriber|watcher|monitor)\b.{0,200}broken pipe/im,
      /|\b(?:client|listener|subscriber) (?:has )?(?:disconnected|left|gone away|went away)\b.{0,200}broken pipe/im,
    ),
    why: 'somebody listened, a command that was ended by hand for example, and went away',
    todo: 'nothing',
  },
  {
    kind: 'harmless',
    id: 'closed-by-itself',
    // Go's words for what the same process has closed before; whoever was cut off from outside says otherwise.
    but: pattern(
      /\b(?:refused|time(?:d )?-?out|deadline|reset by peer|broken pipe|x509|denied|panic|handshake|unreachable)\b/i,
      /|\b(?:leader|lease|raft|quorum|peer)\b|kubectl (?:logs|exec)|lost\b|\bnot ?ready\b/i,
    ),
    text: /\bfile already closed\b|use of closed (?:file|network connection)\b|\bhttp: Server closed\b/im,
    why: 'the program had closed this itself, as it does when a command or the program ends',
    todo: 'nothing, unless it comes from a program that should go on',
  },
  {
    kind: 'harmless',
    id: 'foreign-neighbour',
    text: pattern(
      /(?:failed to|unable to|could not|cannot) (?:delete|remove) (?:the |an )?(?:neigh\w*|fdb|arp)\b.{0,400}/im,
      /(?:invalid argument|no such file|not found|does not exist)/im,
    ),
    why: 'in the kernel’s table of neighbours is an entry that another program put there, or that is gone already',
    todo: 'nothing; a network manager’s check of connectivity makes such entries: take the pods’ links away from it',
  },
  {
    kind: 'harmless',
    id: 'mended-itself',
    but: /\bfail|\bunable|\berror|denied|time(?:d )?-?out|could not|cannot/i,
    beside: /\b(\w+ \w+) (?:is )?not (?:mounted|loaded|found)\b[\s\S]{0,999}?\b(?:mount|load)(?:ed|ing) (?:the )?\1\b/i,
    text: /\b(?:is )?not (?:mounted|loaded|found)\b/im,
    why: 'something was not there, and the next lines say that the program makes it',
    todo: 'nothing, if no later line says that this failed',
  },
  {
    kind: 'harmless',
    id: 'kept-by-another',
    but: /\b(?:lease|leader|lock|conflict|refused|denied|time(?:d )?-?out)\b|duplicate|\blevel="?(?:error|fatal)/i,
    text: /\b(?:entry|identity|mapping|label) .{0,80}\b(?:owned|kept|managed) by (?:the )?(?:kvstore|agent|another)/im,
    why: 'the agent has this entry from a better source already, and leaves that one in force',
    todo: 'nothing',
  },
  {
    kind: 'harmless',
    id: 'probe-at-start',
    but: pattern(
      /[Ll]iveness probe failed|\bBackOff\b|\bCrashLoop|\bwill be restarted\b|\bOOM|\bFailed\b|x(?:[4-9]|\d\d+) over/,
      /|\bProbe(?:Warning|Error)\b/,
    ),
    beside: /\bNormal +(?:Started|Created|Pulled|Pulling|Scheduled)\b/,
    most: 2,
    text: /\bWarning +Unhealthy +.{0,120}(?:Readiness|Startup) probe failed: .*/m,
    why: 'the container had just been started, and did not answer its first probes yet',
    todo: 'nothing, unless it goes on for minutes: then what it says of itself is in kubectl logs',
  },
  {
    kind: 'harmless',
    id: 'plugin-not-used',
    unless: /\boverlayfs\b|\bgrpc\.v1\.cri\b|\bcri\.v1\b|\bruntime\.v[12]\b|\bmetadata\b/,
    text: pattern(
      /level=(?:info|warn\w*) .{0,40}(?:failed to load|skip(?:ping)? load(?:ing)?|could not use) \S* ?plugin .{0,20}/m,
      /io\.containerd\.(?:internal|snapshotter|tracing|differ|nri|lease|grpc|image-verifier|monitor)\.v\d\.\S+/,
    ),
    why: 'the runtime looks for every plugin that it knows, and leaves out what this host has no use for',
    todo: 'nothing, unless you have set the runtime to use that one',
  },
  {
    kind: 'harmless',
    id: 'metrics-not-yet',
    but: /\bMissingEndpoints\b|FailedDiscoveryCheck|\b(?:hours?|days?|still|never|always)\b/i,
    text: /^error: metrics not available yet\s*$/im,
    why: 'metrics-server has not asked the kubelets twice yet: it begins a minute after it was started',
    todo: 'nothing in the first minutes; after that: kubectl get apiservice v1beta1.metrics.k8s.io, and its log',
  },
];

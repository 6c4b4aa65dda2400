/** Logs that only inform: each line says its level, none of them is an error, and none tells of a failure. */
import type { Account, How } from '../account.js';
import type { Outside } from './known.js';
import { pattern } from '../../../model/pattern.js';
import { answeredRequest, plain, tellsOfSuccess } from './calm.js';
import { grave } from './frames/grave.js';
import { ofPeer, uneasy } from './uneasy.js';

/** klog with its JSON, logrus, zap, capnslog, CoreDNS, Java, events, and what kubeadm says of a phase. */
const quiet = pattern(
  /(?:^|[\s:])[IWD]\d{4} (?:\d\d:|(?:\d{1,7} )?[\w.-]{1,60}\.go:)/,
  /|\blevel=(?:info|warn(?:ing)?|debug)\b|"level":"(?:info|warn|debug)"/,
  /|\[(?:INFO|WARNING|NOTICE|DEBUG)\b|\s(?:INFO|WARN|WARNING|DEBUG)[\s:]|(?:^|\s)[IWND] \| /,
  // logrus on a terminal.
  /|(?:^|\s)(?:INFO|WARN|DEBU)\[\d/,
  // A header that is cut at its beginning has lost its level.
  /|^\s*\d\d:\d\d:\d\d\.\d+ +\d+ [\w.-]+\.go:\d+\] /,
  /|^\s*(?:\S+ +){0,3}Normal +[A-Z]\w+ /,
  /|^\[[a-z]+(?:[-/][a-z]+){0,3}\] (?!.{0,80}\b(?:[Ww]ait|error|fail))|"msg":(?!.{0,999}"err":).{0,999}"v":\d/,
);
/** Daemons of a host write no level: what they complain of they say in words. */
const daemon = pattern(
  /(?:^|\s)(?:systemd(?:-\w+)?|dbus-(?:daemon|broker\S{0,10})|NetworkManager|bird6?|sshd|cron|chronyd)(?:\[\d+\])?: /i,
  /|(?:^|\s)Keepalived(?:_\w+)?(?:\[\d+\])?: |\bbird6?: /,
  /|\bhaproxy(?:\[\d+\])?: (?:Proxy \S+ started|Server \S+ is UP\b|\[(?:NOTICE|WARNING)\])/,
  // A request that both ends closed as they should, or that its client ended.
  /|\bhaproxy(?:\[\d+\])?: \S+:\d+ \[.{8,40}\] .{1,200} (?:--|CD|CL|----|CD--) \d+\/\d+\/\d+\//,
  // An access log, whose answer is no error of the server.
  /|"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \S+ HTTP\/[\d.]+" [1-4]\d\d /,
);
/** The kernel tells of what it does, and of trouble in words of its own. */
const kernel = /\bkernel: (?:\[ *[\d.]+\] )?\S/;
const ofKernel = pattern(
  /\b(?:err\w*|fail\w*|full|overflow|flood\w*|martian|oom\w*)\b/i,
  /|\b(?:kill\w*|segfault|trace|bug|warn\w*|cut here|blocked|hung)\b/i,
  /|\b(?:down|reset|time(?:d )?-?out|drop\w*|lost|corrupt\w*|denied|invalid|bad|unable|cannot|stall\w*|lockup|mce)\b/i,
  /|\b(?:hardware|remount\w*|read-only|disabled?|abort\w*|exception|exhaust\w*|tainted|allocation|memory|i\/o)\b/i,
  /|\bIN=|\bSRC=|\bmissing|\bnot (?:found|supported|ready)|\bno (?:such|space)|\bduplicate|\bsplat|\brefcount/i,
);
const ofTheKernel = (line: string): boolean => kernel.test(line) && !ofKernel.test(line);
const mostLines = 400;
/** An event of type Normal tells so of each container that is to end. */
const ordinaryEnd = /\bNormal +Killing\b/g;
/** The file of the source that a line comes from says nothing of what happened: `panics.go`. */
const sourceFile = /\b[\w-]{1,60}\.go:\d+\b/g;
/** Nor does the name of the part that tells: `controller="taint-eviction-controller"`. */
const namedPart = /(?:\b(?:logger|controller|caller|subsys|plugin)=\\?"?|"(?:logger|caller)":")[\w./@-]{1,120}/g;

/** What an ordinary line says too, where its level is no error. */
const mild: ReadonlySet<How> = new Set(['unsupported', 'already-there', 'not-valid']);

/** Where nothing was parsed the words themselves may still tell of it; what is counted or empty tells of none. */
const complains =
  /\bfail|\bunable|\bcan ?not|\bcould ?n[o']t|(?<!\bno )\berrors?\b(?!["']?[=:] ?"?(?:<nil>|0\b|nil\b|null\b|"))/i;

const isMild = (accounts: readonly Account[], text: string): boolean =>
  !uneasy.test(text) && !complains.test(text) && accounts.every(({ how }) => mild.has(how));

/** What may be left out, or has a default; whoever is refused, not trusted or out of room has neither. */
const spared: ReadonlySet<How> = new Set([...mild, 'not-found', 'failed', 'no-program', 'not-mounted', 'kernel-lacks']);

const isSpared = ({ whom, how }: Account): boolean => spared.has(how) || whom === 'outside-host';

/** What was not there, and what is taken in its place. */
const instead = pattern(
  /\bfall(?:ing|s)? back\b|\bassuming\b|\bdefaulting to\b|\b(?:using|with) (?:the )?(?:default|fallback)\b/i,
  /|\bskipping (?:pod|container|device|chain|symbol|check)\b|\bignoring \w|\bwill be ignored\b|\bis ignored\b/i,
  /|[,;:] ?(?:ignoring|skipping|ignored)\.?"?\s*$/im,
  /|\bautomatically (?:prepend|set|us)\w+/i,
);

/** A line without a level that tells itself what it passes over, and of no failure. */
const passesOver = pattern(
  /(?:^|[\].:] ?|\bmsg="?)(?:ignoring|skipping) \w|[,;:] ?(?:ignoring|skipping|ignored)\.?"?\s*$/i,
);
const ownWords = (line: string): boolean =>
  passesOver.test(line) && !complains.test(line) && !error.test(line) && !ofPeer.test(line);

/** Lines whose own level is an error. */
const error = pattern(
  /\[ERROR\b|^(?:.{0,80}\s)?[EF]\d{4} \d\d:|\blevel=(?:error|fatal|panic)|"level":"(?:error|fatal|panic)"/,
  /|^\s*error: |(?:^|\s)(?:ERRO|FATA|PANI)\[\d/,
);
export const loud = (text: string): string =>
  text
    .split('\n')
    .filter(line => error.test(line))
    .join('\n');

const leveled = (line: string): boolean => quiet.test(line) || ownWords(line);
const tells = (line: string): boolean =>
  leveled(line) || daemon.test(line) || ofTheKernel(line) || tellsOfSuccess(line) || answeredRequest(line);

/** Once is a start or a hand-over, told with the lines around it; back and forth is a trouble. */
const changesHands = (text: string, lines: readonly string[]): boolean => {
  const changes = text.match(/\bEntering \w+ STATE\b/g)?.length ?? 0;
  return changes > 2 || (changes > 0 && lines.length === 1) || /\bEntering FAULT\b/.test(text);
};

/** The answer where nothing else is: no case, and nothing that fails, or a default in its place. */
export const informs = (accounts: readonly Account[], whole: string): readonly Outside[] => {
  const text = whole.replace(sourceFile, 'src.go:1').replace(namedPart, 'part=it').replace(ordinaryEnd, 'Normal Ended');
  const lines = text.split('\n').filter(line => line.trim() !== '');
  if (
    lines.length === 0 ||
    lines.length > mostLines ||
    !lines.some(tells) ||
    !lines.every(line => tells(line) || plain(line))
  )
    return [];
  if (changesHands(text, lines)) return [];
  const taken = lines.find(line => instead.test(line));
  const [first = ''] = lines;
  if (taken === undefined && isMild(accounts, text)) return [noFailure(first)];
  if (taken === undefined) return lines.every(leveled) && isMinor(accounts, text) ? [onlyAWarning(first)] : [];
  if (uneasy.test(text) || ofPeer.test(taken) || !accounts.every(isSpared)) return [];
  return [takenInstead(taken)];
};

/** What no program goes on without: its disk, its kernel, a counterpart that it understands, what it was to do. */
const needed = pattern(
  /\bscrap(?:e|er|ing)\b|Error from server|upgrade connection|\bmissing\b|\b(?:in)?compatib|\bno such device/i,
  /|\binput\/output error|\bread-only file ?system|\bkern(?:el)?\b|\[ERROR\b/i,
  /|\b(?:failed|unable|not able) to (?:create|load|start|run|open|connect|bind|listen|join|register)\b/i,
  /|\b(?:run|start|sync|creat|load)\w* failed\b|\bstuck\b|\bconsecutive|\bsnapshot|\bback-?up\b|\brestor/i,
  // What etcd's members agree by and keep; a server that ends; what it shows that it is.
  /|\braft\b|\b(?:a|the|initial|broken) (?:\w+ )?(?:snap|WAL) file\b|\bread index\b|\bcluster version\b/i,
  /|\bbecame inactive\b|\bbootstrap;|\bserver due to error\b|\bcertificates? failed\b|\bapply request\b/i,
  // What it was to take in was not given to it, and what was to go to another did not.
  /|\bno .{1,40} (?:supplied|provided|given)\b|\b(?:transfer|replicat\w*|hand-?over) failed\b/i,
  // Who somebody is was not shown.
  /|\bvalidate the identity\b|\b(?:JWS|signature|tokens?)\b/i,
  // Somebody else's line within the line, and an error.
  /|\b[EF]\d{4} \d\d:/,
);

/** Something did not succeed that was no call to anybody, told as a warning by who goes on. */
const isMinor = (accounts: readonly Account[], text: string): boolean =>
  ![grave, ofPeer, needed].some(one => one.test(text)) &&
  accounts.every(one => isSpared(one) && (one.whom === undefined || one.whom === 'file'));

const harmless =
  (id: string, why: string, todo: string) =>
  (line: string): Outside => ({ kind: 'harmless', id, why, todo, message: line.trim().slice(0, 160) });

const takenInstead = harmless(
  'taken-instead',
  'a warning: something was not there or not set, and the program says what it takes instead',
  'nothing, if what it takes is what you want',
);

const onlyAWarning = harmless(
  'only-a-warning',
  'a warning: one thing did not succeed, and the program that says so goes on without it',
  'nothing, while what you use works; if it does not, look for errors of the same minute',
);

const noFailure = harmless(
  'no-failure',
  'these lines inform and warn, and none of them tells of a failure',
  'look for errors of the same minute: lines with E, error or fatal as their level',
);

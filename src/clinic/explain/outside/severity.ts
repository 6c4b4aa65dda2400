/** Logs that only inform: each line says its level, none of them is an error, and none tells of a failure. */
import type { Account, How } from '../account.js';
import type { Outside } from './outside.js';
import { pattern } from '../../../model/pattern.js';

/** klog with its JSON, logrus, zap, capnslog, CoreDNS, Java, events, and what kubeadm says of a phase. */
const quiet = pattern(
  /(?:^|[\s:])[IWD]\d{4} (?:\d\d:|[\w.-]{1,60}\.go:)/,
  /|\blevel=(?:info|warn(?:ing)?|debug)\b|"level":"(?:info|warn|debug)"/,
  /|\[(?:INFO|WARNING|NOTICE|DEBUG)\b|\s(?:INFO|WARN|WARNING|DEBUG)[\s:]|(?:^|\s)[IWND] \| /,
  // A header that is cut at its beginning has lost its level.
  /|^\s*\d\d:\d\d:\d\d\.\d+ +\d+ [\w.-]+\.go:\d+\] /,
  /|^\s*(?:\S+ +){0,3}Normal +[A-Z]\w+ /,
  /|^\[[a-z]+(?:-[a-z]+){0,3}\] (?!.{0,80}\b(?:[Ww]ait|error|fail))|"msg":(?!.{0,999}"err":).{0,999}"v":\d/,
);
const mostLines = 400;

/** What an ordinary line says too, where its level is no error. */
const mild: ReadonlySet<How> = new Set(['unsupported', 'already-there', 'mismatch', 'not-valid', 'not-running']);

/** What a level that is no error tells all the same: something is lost, short, late, ended or thrown out. */
const uneasy = pattern(
  /\bblocked for more than|soft lockup|\bevict(?!ion metric)|\breclaim|\bpressure\b|\bunhealthy|\bunreachable/i,
  /|\bnot ?ready\b/i,
  /|\blos(?:t|es?|ing)\b|\bstopped (?:the )?(?:lead\w*|lease|lock|connection|contact)|\bno leader\b/i,
  /|\boverload|\btoo (?:long|slow|many|high|late)\b|\bexpected (?:less|more) than\b|\bexceed(?:s|ed|ing)\b/i,
  /|\b(?:drop|discard|reject|refus|den[iy]|kill|crash|corrupt|panic|abort|throttl)(?:s|ed|ing|p\w+)?\b/i,
  /|\bskipping pod synchronization|\b(?:is|are|went|marked) down\b|\bDOWN\b|\bback-?off\b|\bgiving up\b/i,
  /|\bwill not work\b|\bmissed\b|\bflapping|\bstale\b|\borphan|\bconflict|\bduplicate|\bexpir(?:es|ed|ing|y)\b/i,
  /|\bno longer\b/i,
);

const isMild = (accounts: readonly Account[], text: string): boolean =>
  !uneasy.test(text) &&
  (accounts.length === 0 ||
    (accounts.every(({ how }) => mild.has(how)) && !/\bfail|\bunable|\bcan ?not|\bcould ?n[o']t|\berror/i.test(text)));

/** What may be left out, or has a default; whoever is refused, not trusted or out of room has neither. */
const spared: ReadonlySet<How> = new Set([...mild, 'not-found', 'failed', 'no-program', 'not-mounted', 'kernel-lacks']);

const isSpared = ({ whom, how }: Account): boolean => spared.has(how) || whom === 'outside-host';

/** What was not there, and what is taken in its place. */
const instead = pattern(
  /\bfall(?:ing|s)? back\b|\bassuming\b|\bdefaulting to\b|\b(?:using|with) (?:the )?(?:default|fallback)\b/i,
  /|\bskipping (?:pod|container|device|chain|symbol|check)\b|\bignoring \w|\bwill be ignored\b|\bis ignored\b/i,
  /|\bautomatically (?:prepend|set|us)\w+/i,
);

/** Lines whose own level is an error. */
const error =
  /\[ERROR\b|^(?:.{0,80}\s)?[EF]\d{4} \d\d:|\blevel=(?:error|fatal|panic)|"level":"(?:error|fatal|panic)"|^\s*error: /;
export const loud = (text: string): string =>
  text
    .split('\n')
    .filter(line => error.test(line))
    .join('\n');

/** The answer where nothing else is: no case, and nothing that fails, or a default in its place. */
export const informs = (accounts: readonly Account[], text: string): readonly Outside[] => {
  const lines = text.split('\n').filter(line => line.trim() !== '');
  if (lines.length === 0 || lines.length > mostLines || !lines.every(line => quiet.test(line))) return [];
  const taken = lines.find(line => instead.test(line));
  if (taken === undefined) return isMild(accounts, text) ? [noFailure(lines[0] ?? '')] : [];
  if (uneasy.test(text) || !accounts.every(isSpared)) return [];
  return [
    {
      kind: 'harmless',
      id: 'taken-instead',
      why: 'a warning: something was not there or not set, and the program says what it takes instead',
      todo: 'nothing, if what it takes is what you want',
      message: taken.trim().slice(0, 160),
    },
  ];
};

const noFailure = (line: string): Outside => ({
  kind: 'harmless',
  id: 'no-failure',
  why: 'these lines inform and warn, and none of them tells of a failure',
  todo: 'look for errors of the same minute: lines with E, error or fatal as their level',
  message: line.trim().slice(0, 160),
});

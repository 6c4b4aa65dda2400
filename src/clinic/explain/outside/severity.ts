/** Logs that only inform: each line says its level, none of them is an error, and none tells of a failure. */
import type { Account, How } from '../account.js';
import type { Outside } from './outside.js';
import { pattern } from '../../../model/pattern.js';

/** klog with its JSON, logrus, zap, capnslog, CoreDNS, Java, and what kubeadm says of a phase. */
const quiet = pattern(
  /(?:^|[\s:])[IWD]\d{4} \d\d:|\blevel=(?:info|warn(?:ing)?|debug)\b|"level":"(?:info|warn|debug)"/,
  /|\[(?:INFO|WARNING|NOTICE|DEBUG)\b|\s(?:INFO|WARN|WARNING|DEBUG)[\s:]| [IWND] \| /,
  /|^\[[a-z]+(?:-[a-z]+){0,3}\] (?!.{0,80}\b(?:[Ww]ait|error|fail))|"msg":(?!.{0,999}"err":).{0,999}"v":\d/,
);
const mostLines = 400;

/** What an ordinary line says too, where its level is no error. */
const mild: ReadonlySet<How> = new Set(['unsupported', 'already-there', 'mismatch', 'not-valid', 'not-running']);

export const isMild = (accounts: readonly Account[], text: string): boolean =>
  accounts.length === 0 ||
  (accounts.every(({ how }) => mild.has(how)) && !/\bfail|\bunable|\bcan ?not|\bcould ?n[o']t|\berror/i.test(text));

/** The answer where nothing else is: no case, no record. */
export const onlyInforms = (text: string): readonly Outside[] => {
  const lines = text.split('\n').filter(line => line.trim() !== '');
  if (lines.length === 0 || lines.length > mostLines || !lines.every(line => quiet.test(line))) return [];
  return [
    {
      kind: 'harmless',
      id: 'no-failure',
      why: 'these lines inform and warn, and none of them tells of a failure',
      todo: 'look for errors of the same minute: lines with E, error or fatal as their level',
      message: (lines[0] ?? '').trim().slice(0, 160),
    },
  ];
};

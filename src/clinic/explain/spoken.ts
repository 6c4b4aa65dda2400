/** What people say in their own words: who does not get through to whom. */
import type { Account, Target } from './account.js';
import { pattern } from '../../model/pattern.js';

const fails =
  /\b(?:can ?not|can[\u2019']t|could ?n[o\u2019']t|unable to|does ?n[o\u2019']t|do(?:es)? not|not working|breaks?|broken|fails?|no (?:reply|answer|network|internet)|lost|unreachable|hangs?)\b/i;
const reaching =
  /\b(?:ping|reach|see|connect|access|talk|communicat\w*|resolve|network|internet|traffic|get(?:s|ting)? to|pod-to-\w+|pod to \w+)\b/i;

const objects: readonly (readonly [Target, RegExp])[] = [
  [
    'pod',
    pattern(
      /\b(?:ping|reach|connect|access|talk)\w* .{0,20}\bpods?\b|pod[- ]to[- ]pod|to (?:a|the|other) pods?/i,
      /|pods? (?:on|of|in) (?:an)?other/i,
    ),
  ],
  ['internet', /\binternet\b|\bexternal\b|outside (?:world|of the cluster)/i],
  ['service', /\bcluster ?ips?\b|\bservices?\b(?! account)/i],
];

const lostServer = pattern(
  /\b(?:stopped|killed|lost|shut(?:ting)? ?down|powered off|died|down)\b.{0,40}\b/i,
  /(?:masters?|control[- ]planes?)\b/i,
  /|\b(?:masters?|control[- ]planes?|api ?servers?)\b.{0,40}\b/i,
  /(?:died|is down|are down|went down|stopped|crashed|lost)\b/i,
);

const ofALog = /dial (?:tcp|udp)\b|\bcode = |\blevel=|\berr(?:or)?=|\w\.go:\d+|Warning +\w+ +/;

/** Only a short text is speech; what a log says of pods is in its own words. */
export const spokenIn = (text: string): readonly Account[] => {
  if (text.length > 600 || ofALog.test(text)) return [];
  return text.split(/(?<=[.!?;])\s+/).flatMap(sentence => [...halfGone(sentence), ...notReached(sentence)]);
};

const halfGone = (sentence: string): readonly Account[] =>
  lostServer.test(sentence) &&
  /kubectl|api|clients?\b|requests?\b/i.test(sentence) &&
  /time|hang|fail|intermittent|slow/i.test(sentence)
    ? [{ who: 'kubectl', whom: 'api-server', how: 'half-gone' }]
    : [];

const notReached = (sentence: string): readonly Account[] => {
  if (!/\bpods?\b/i.test(sentence) || !fails.test(sentence) || !reaching.test(sentence)) return [];
  const whom = objects.find(([, pattern]) => pattern.test(sentence))?.[0] ?? 'pod';
  return [{ who: 'pod', whom, how: 'timed-out' }];
};

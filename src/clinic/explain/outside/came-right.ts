/**
 * A trouble that a later line of the same text takes back: it says of the same thing that it went well, and nothing
 * behind it complains of that thing again. Who logs it does not matter, nor what the thing is.
 */
import { pattern } from '../../../model/pattern.js';
import { speechIn } from '../speech/speech.js';
import { isWell } from './listings.js';
import type { Outside } from './known.js';

/** What complains, whatever its level. */
const trouble = pattern(
  /\bfail(?:ed|ure|ing|s)?\b|\bunable to\b|\b(?:can|could)(?: ?not|n't)\b|\b[Ee]rror\b|\bre-?queu\w+|\bretry\w*/i,
  /|\bnot (?:yet )?(?:ready|synced|found|available|up|healthy|connected|established)\b|\btime(?:d )?-?out\b/i,
  /|\brefused\b/i,
  /|\bunhealthy\b|\bdoes(?: not|n't) exist\b|^.{0,160}\bwaiting for\b/i,
);
/** What says that it went well, and is no other thing that went well meanwhile. */
const good = pattern(
  /\bsuccess(?:ful(?:ly)?)?\b|\bsucceeded\b|\b(?:re-?)?established\b/i,
  /|\bis (?:now )?(?:synced|up|ready|healthy|available)\b/i,
  /|\b(?:became|becomes|just became|now) (?:ready|healthy|active|available)\b|\bup and running\b|\brecovered\b/i,
  /|\b(?:is|are) healthy after\b|\b(?:was|been) (?:promoted|issued|renewed|registered)\b|\bstarted successfully\b/i,
  /|\bstatus="?(?:ready|healthy)\b|\bcertificate issued\b|\b(?:now|is) (?:reachable|connected)\b|\breconnected\b/i,
);
/** What was not trusted, refused by right, lost or full does not come right by itself: somebody must see it. */
const stays = pattern(
  /\bx509\b|certificate (?:has|is)|\bexpired\b|\bforbidden\b|unauthori[sz]ed|\bdenied\b|\bno space\b|NOSPACE/i,
  /|corrupt|\bpanic\b|\bmismatch|\bdisk\b|\bevict|\boom\b|out of memory|\bno leader\b|\bquorum\b|\braft\b/i,
);

const mostLines = 60;

/** Names and quoted words; what stands in every line is none: times, places in a source, addresses of nobody. */
const words = /[A-Za-z][\w]*(?:[./:-][\w]+)*/g;
const noise = pattern(
  /^(?:[EWIF]\d{4}|\w+\.go(?::\d+)?|level|info|warn|warning|error|err|msg|time|ts|for|the|and)$/i,
  /|^(?:was|not|with|from|that)$/i,
  /|^(?:has|have|been|are|is|its|this|will|it|to|of|in|on|at|by|an?|up|now|caller|logger|fail\w*|success\w*)$/i,
  /|^(?:error|reason|false|true|retrying|requeu\w*|re-queuing|unable|due|connect\w*|start\w*|running|ready|status)$/i,
  /|^(?:key|name|namespace|pod|node|container|service|rpc|code|desc|updating|update|item|again|first|after)$/i,
);

const header = /^.{0,120}?(?:\.go:\d+\]|\.go \d+: |\bmsg=|"msg":|\]: (?=\S))/;
const told = (line: string): ReadonlySet<string> =>
  new Set(
    (line.replace(header, '').match(words) ?? [])
      // What belongs to whom stands in front: `shop/web-1`.
      .flatMap(word => [word, word.split('/').at(-1) ?? word])
      .map(word => word.toLowerCase())
      .filter(word => word.length > 2 && !noise.test(word) && !/^\d/.test(word)),
  );
/** A name that a person or a controller made. */
const isName = (word: string): boolean => /\w[-/.]\w/.test(word) || /[a-z]\d|\d[a-z]/.test(word);

/** Where both name somebody, it must be the same one. */
const sameThing = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean => {
  const both = [...one].filter(word => other.has(word));
  return both.some(isName) || (both.length >= 2 && !([...one].some(isName) && [...other].some(isName)));
};

export const cameRightIn = (
  lines: readonly string[],
): { readonly at: ReadonlySet<number>; readonly outside: readonly Outside[] } => {
  const none = { at: new Set<number>(), outside: [] };
  if (lines.length < 2 || lines.length > mostLines) return none;
  const things = lines.map(told);
  const bad = lines.flatMap((line, at) => (trouble.test(line) && !good.test(line) ? [at] : []));
  if (bad.some(at => stays.test(lines[at] ?? ''))) return none;
  const over = bad.flatMap(at => {
    const end = lines.findLastIndex((line, later) => later > at && isEnd(line) && same(things, at, later));
    const again = bad.some(later => later > end && same(things, later, end));
    return end < 0 || again ? [] : [{ at, end }];
  });
  const [first] = over;
  if (first === undefined) return none;
  return {
    at: new Set(over.flatMap(({ at, end }) => [at, end])),
    outside: [
      {
        kind: 'harmless',
        id: 'came-right',
        why: 'it did not succeed at first, and a later line says of the same thing that it did',
        todo: 'nothing, unless it comes again and again',
        message: (lines[first.at] ?? '').trim().slice(0, 160),
      },
    ],
  };
};

/** A person who tells of it may mean another time. */
const isEnd = (line: string): boolean =>
  (isWell(line) || (good.test(line) && !trouble.test(line))) && speechIn(line) === '';
const same = (things: readonly ReadonlySet<string>[], one: number, other: number): boolean =>
  sameThing(things[one] ?? new Set(), things[other] ?? new Set());

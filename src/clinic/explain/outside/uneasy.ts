/** Words that are no information, whatever the level they are told at. */
import { pattern } from '../../../model/pattern.js';

/** What a level that is no error tells all the same: something is lost, short, late, ended or thrown out. */
export const uneasy = pattern(
  /soft lockup|dead-?lock|\bevict(?!ion[ _]?(?:metric|manager|storage|api|request|polic))/i,
  /|\bthreshold\w* (?:is |was )?(?:met|crossed)/i,
  /|\breclaim|\bpressure\b|\bunhealthy|\bunreachable|\bnot ?ready\b/i,
  /|\blos(?:t|es?|ing)\b|\bstopped (?:the )?(?:lead\w*|lease|lock|connection|contact)|\bno leader\b/i,
  /|\boverload|\btoo (?:long|slow|many|high|late)\b|\bexpected (?:less|more) than\b|\bexceed(?:s|ed|ing)\b/i,
  /|\b(?:drop|(?<!\bevent )discard|reject|refus|den[iy]|kill|crash|corrupt|panic|abort|throttl)(?:s|ed|ing|p\w+)?\b/i,
  /|\bskipping pod synchronization|\b(?<!shutting |scaled )\bdown\b|\bback-?off\b|\bgiving up\b/i,
  /|\btime spent\W{1,6}(?:\d+m)?\d+(?:\.\d+)?s\b/i,
  /|\bblocked\b|\bmust be (?:less|greater|more|equal|at (?:least|most))\b|\bparse zone\b/i,
  /|\bwill not work\b|\bmissed\b|\bflapping|\bstale\b|\borphan|\bconflict|\bduplicate|\bexpir(?:es|ed|ing|y)\b/i,
  /|\bno longer\b|\bno (?:reply|answer|response)\b|\bnever\b|\bnot loaded\b/i,
  /|\balarms?\b|\bNOSPACE\b|\bmust be removed\b|\bremoved member\b/i,
  /|\bquorum\b|\bat risk\b|\btoo old\b|\bsegmentation fault|\bno schedulable\b|\bby another\b/i,
  /|\b(?:certificates?|keys?|tokens?)\b.{0,60}\bdeleted\b/i,
  /|\b(?:version )?incompatib|\bbroken (?:snap|WAL|db)\b|\b(?:may|might) break\b|\binvalid auth\b/i,
  /|\b[89]\d ?% of .{1,40} (?:is|are) used\b/i,
  /|\bis missing\b(?![^\n]{0,80}\bfall(?:ing|s)? back\b)|\bskipp(?:ed|ing)\b.{0,200}\bmissing\b/i,
  // Whoever warns of it has waited for long.
  /|(?:\bW\d{4} \d\d:|\blevel="?warn|"level": ?"warn|\[WARN).{0,160}/i,
  /\bwaiting for (?:an? |the )?(?:response|reply|answer|lock)\b/,
);

/** What a peer has sent is thrown out where it is passed over: that is a trouble between the two. */
export const ofPeer = pattern(
  /\b(?:ignor|skipp)\w+ (?:\w+ ){0,3}/i,
  /(?:adverts?|packets?|requests?|votes?|heartbeats?|peers?(?! auto)|members?|csrs?)\b/,
  /|\b(?:ignor|skipp)\w+ (?:\w+ ){0,3}(?:certificates?|tokens?|endpoints?|routes?|secrets?)\b/i,
  /|\b(?:adverts?|packets?|requests?|votes?|peers?|members?|certificates?|tokens?|secrets?)\b.{0,80}[,;:] ?ignor/i,
);

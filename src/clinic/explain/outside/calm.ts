/** Lines without a level that only tell: what a program prints of itself, beside lines that say their level. */
import { pattern } from '../../../model/pattern.js';
import { accountsIn } from '../grammar.js';
import { speechIn } from '../speech/speech.js';
import { grave } from './frames/grave.js';

/** Words of a trouble, and states in which something waits. */
const complains = pattern(
  /\bfail|\bunable|\bcan ?not|\bcan't|\bcould ?n[o']t|\berrors?\b|\bwarn|\binvalid|\bmissing|\bwrong|\bno such\b/i,
  /|\b(?:wait|pending|terminating|containercreating|crash|back-?off|stuck|hang|hung|retry|stop|dead|exit|unknown)/i,
  /|\bnot (?:\w+ )?(?:found|ready|running|available|allowed|supported|reach\w*|synced|respond\w*)\b|\bnone\b|\bno \w/i,
  /|\b(?:must|should|required|please)\b|\bdiffer|\bunexpected|\bun(?:known|healthy|reachable|schedul)|\bdisabled\b/i,
);

/** A setting, a manifest, a rule, a route, a listing or code: what they mean nobody knows from their words. */
const given = pattern(
  /^\s*(?:-{1,2}[\w-]|[\w.-]+: ?(?:\S|$)|[\w.-]+ ?= ?\S|[-*+:|{}[\]#$>~]|default via|\d+: \w|inet6? )/,
  /|\S\s{3,}\S|\bIN=|^\s*at \w|[{}]\s*$/,
);
/** How a server names itself at its start. */
const banner = /^(?:\S{0,60}:\d{2,5}|[A-Z]\w+-v?\d+\.\d+\S*|\w+\/\w+, go\d\S*(?:, \w+)?)$/;

export const plain = (line: string): boolean =>
  banner.test(line.trim()) ||
  (!complains.test(line) &&
    !grave.test(line) &&
    !given.test(line) &&
    speechIn(line) === '' &&
    accountsIn(line).length === 0);

/** It says itself that it went well. */
const success = pattern(
  /^(?:\[[\w/-]{2,40}\] )?(?:SUCCESS\b|Successfully \w|.{0,160}\bsuccessfully\b)|\b(?:is|are) healthy\b/i,
  /|^\[[\w/-]{2,40}\] .{0,160}\b(?:not needing|unchanged|already|is up to date|initialized|ready)\b/,
  /|^Your Kubernetes control-plane has initialized|^This node has joined the cluster|\bwas upgraded to "|^CoreDNS-\d/,
);
export const tellsOfSuccess = (line: string): boolean =>
  success.test(line) && !complains.test(line.replace(success, '')) && !grave.test(line);

/** A record of the API server's audit log, of a request that was answered. */
export const answeredRequest = (line: string): boolean =>
  line.includes('"audit.k8s.io/') && /"responseStatus":\{[^}]*(?:\{\},?)?[^}]*"code":[123]\d\d\b/.test(line);

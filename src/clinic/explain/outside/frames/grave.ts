/** Words after which no frame makes a line harmless: what is refused, not trusted, lost, full or late is a trouble. */
import { pattern } from '../../../../model/pattern.js';
import { uneasy } from '../uneasy.js';

export const grave = pattern(
  uneasy,
  /|\b(?:refused|no route|unreachable|x509|unauthori[sz]ed|denied|forbidden|oom\w*|out of memory|no space)\b/i,
  /|\b(?:corrupt\w*|panic|fatal|expired?|mismatch|deadline|time(?:d )?-?outs?|no leader|unknown authority)\b/i,
  /|\b(?:bad certificate|lost|overload\w*|killed|quorum|never|unhealthy|not ?ready|conflict\w*|full|crash\w*)\b/i,
  /|plugin "|\b(?:load|find|start)(?:ing)? (?:the )?(?:\w+ )?plugins?\b|\bcni\b|executable file/i,
  /|configured to not run|\bdo(?:es)? not match\b/i,
);

/** For what is missing in the first minute: it may be missing, and nothing of this may have kept it away. */
export const kept = pattern(
  /\b(?:refused|x509|unauthori[sz]ed|forbidden|denied|unreachable|no route|deadline|expired)\b/i,
  /|\b(?:timed out waiting for the condition(?!; caused by)|unknown authority|no leader)\b/i,
);

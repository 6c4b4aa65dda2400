/** The words of logs that say how it went with what is on a host, and the words that say it of anything. */
import type { How } from './account.js';
import { pattern } from '../../model/pattern.js';

/** In the order in which they hold, below those of connections and certificates. */
export const howsOfThings: readonly (readonly [How, RegExp])[] = [
  [
    'in-use',
    /\baddress (?:already )?in use|EADDRINUSE|\bport \d+ (?:is|was) (?:already )?in use|port is already allocated/i,
  ],
  [
    'busy',
    pattern(
      /mount point busy|(?:device|resource|target|volume|file ?system)(?: or resource)? (?:is )?busy|\bEBUSY\b/i,
      /|Multi-Attach error|already (?:exclusively )?(?:attached|in use|used) (?:to|by|at)\b|Text file busy/i,
      /|apparently in use by the system|(?<!label namespace )is reserved for/i,
    ),
  ],
  [
    'damaged',
    pattern(
      /bad superblock|structure needs cleaning|input\/output error|\bI\/O error|EXT4-fs error/i,
      /|\bcorrupt(?:ed|ion)?\b|wrong diff id|(?:checksum|csum|crc)[_ ]?(?:mismatch|invalid|error|failed)/i,
      /|failed to stat parent|parent snapshot \S+ does not exist|unexpected commit digest/i,
      /|content digest \S+: not found/i,
      /|snapshot file (?:path error|does(?:n't| not) exist)|walpb: |freepages: |(?:WAL|wal): .{0,40}(?:torn|not found)/,
      /|(?:recover|read|open) (?:v3 backend|WAL|snap)|failed to find \[?SNAPSHOT-INDEX|unexpected \S{0,20} ?checksum/i,
      /|stale (?:nfs )?file handle|transport endpoint is not connected|UNEXPECTED INCONSISTENCY/i,
    ),
  ],
  ['not-here', /cannot assign requested address|EADDRNOTAVAIL/i],
  ['reset', /connection reset|broken pipe|ECONNRESET|unexpected EOF|connection was forcibly closed|GOAWAY/i],
  // kubectl wait and rollout name what they wait for; nobody was called in vain.
  ['not-yet', /timed out waiting for the condition on \w|exceeded its progress deadline/i],
  [
    'timed-out',
    pattern(
      /i\/o timeout|\btime(?:d|s)? ?out\b(?![=:]\s?"?\d)|deadline exceeded|ETIMEDOUT|handshake timeout/i,
      /|DEADLINE_EXCEEDED|pleg was last seen|timeout expired waiting|\berrno[ =:]*110\b/i,
    ),
  ],
  [
    'unauthorized',
    pattern(
      /\bUnauthorized\b|\b401\b|Unauthenticated|invalid bearer token|must be logged in|provide credentials/i,
      /|no basic auth credentials|authentication (?:failed|required)/i,
    ),
  ],
  [
    'forbidden',
    pattern(
      /\bforbidden\b|\b403\b|\baccess denied\b|PermissionDenied\b|RBAC DENY/i,
      /|cannot "?(?:get|list|watch|create|update|patch|delete)"? /i,
    ),
  ],
  [
    'limit',
    pattern(
      /too many open files|EMFILE|table full|rate limit|too many requests|\b429\b/i,
      /|resource temporarily unavailable|(?:limit|maximum)\b[^.]{0,60} (?:has been |is |was )?(?:reached|hit)\b/i,
    ),
  ],
  [
    'full',
    pattern(
      /no space left|no remaining CIDRs|ENOSPC|space exceeded|disk full|0 free (?:meta)?data blocks/i,
      /|No IP addresses available/i,
      /|to reclaim"?(?: resourceName=")? ?(?:ephemeral|inodes|nodefs|imagefs)|\bDiskPressure\b(?! +False)/i,
    ),
  ],
  [
    'bad-pem',
    /\bPEM\b.{0,30}(?:data|block|routines)|no start line|malformed certificate|asn1: |valid RSA or ECDSA certificates/i,
  ],
  ['unknown-word', /(?:unrecognized|unknown|invalid) feature gate|unknown (?:shorthand )?flag|flag provided but not/i],
  ['api-gone', /no matches for kind|no kind "[^"]+" is registered|doesn't have a resource type/i],
  ['repository-gone', /does not have a Release file|Cannot download repomd|repomd\.xml.{0,40}404/i],
  // The cluster itself marks a node so, and no pod is to tolerate it.
  [
    'out-of-order',
    /taint \{node\.kubernetes\.io\/(?:not-ready|unreachable|\w+-pressure|network-unavailable)(?!.*role)/,
  ],
  ['not-tolerated', /(?:un|not? |n't )tolerate|had (?:untolerated )?taint/i],
  [
    'no-memory',
    pattern(
      /Out of memory: Kill|low on resource: memory|\bMemoryPressure\b(?! +False)/i,
      /|to reclaim"?(?: resourceName=")? ?memory/i,
      /|global_oom|CONSTRAINT_NONE/i,
    ),
  ],
  ['memory-gone', /invoked oom-killer/i],
  ['crashed', /\bSIG(?:BUS|SEGV|ILL|ABRT)\b|segfault at|core dumped|illegal instruction|trap invalid opcode/i],
  ['no-address', /no IPv[46] address|IP family mismatch|address family .{0,30}(?:not|mismatch)/i],
  ['left-over', /\bleft ?over|leaves? behind|\bstale\b/i],
  ['read-only', /read-only file ?system|\bEROFS\b/i],
  ['not-executable', /exec[^\n]{0,80}permission denied|exec format error/i],
  ['not-readable', /permission denied|EACCES|operation not permitted/i],
  [
    'not-found',
    pattern(
      /no such (?:file or directory|container|process|device)\b|ENOENT|not found(?! in DNS cache)|does not exist/i,
      /|\b404\b|already (?:been )?(?:deleted|removed|gone|released)|\bnot (?:added|known) to\b/i,
    ),
  ],
  ['unavailable', /Service ?Unavailable|\b50[234]\b|Bad Gateway|unable to handle the request|code = Unavailable/i],
  ['not-mounted', /(?:is|are|was) not mounted|\bnot a mount ?point\b/i],
  [
    'too-large',
    /request is too large|(?:message|entity) (?:too large|larger than)|must have at most \d+ bytes|Too long: /i,
  ],
  ['too-small', /(?:is )?less than (?:the )?(?:required|minimum)|too few (?:cpus|resources)/i],
  ['finalizer', /FinalizersRemain|ContentRemaining|finalizers? .{0,40}(?:remain|pending|not removed)/i],
  ['unsupported', /not supported|unsupported|not implemented|unimplemented|\bdisabled\b/i],
  [
    'not-running',
    pattern(
      /\b(?:is|are) (?:not|n't) (?:running|started|active)\b|stopped posting node status|daemon running\?/i,
      /|Unit \S+ (?:not found|is masked)/i,
    ),
  ],
  ['already-there', /already (?:exists|mounted|registered|initialized)\b|AlreadyExists|\bEEXIST\b|\bnot empty\b/i],
  [
    'mismatch',
    pattern(
      /\b(?:different|another|wrong) (?:\w+ )?(?:token|secret|key|hash|cluster|password|id|issuer)\b/i,
      /|mismatch(?:ed|es)?\b/i,
      /|\b(?:does|do|did) ?n[o']t match\b|\bdiffers? from\b|\bis different from\b/i,
    ),
  ],
  [
    'bad-format',
    pattern(
      /failed to parse|must be in (?:the )?format|bad format|cannot unmarshal|invalid character/i,
      /|illegal base64|could not be parsed/i,
    ),
  ],
  ['restarts', /CrashLoopBackOff|Back-off .{0,20}restarting failed/i],
  ['not-valid', /\binvalid\b|\bnot valid\b|\bmalformed\b/i],
  // Last: it names no outcome, but still who failed and doing what.
  [
    'failed',
    pattern(
      /\bBack-off pulling image/i,
      /|\b(?:fail(?:ed|s|ure)?|fatal|unable to|can ?not|can't|could ?n[o']t|rejected|not healthy|unhealthy)\b/i,
    ),
  ],
];

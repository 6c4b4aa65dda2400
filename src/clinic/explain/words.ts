/** The words of logs that say how it went. The first that fits holds. */
import type { How } from './account.js';
import { pattern } from '../../model/pattern.js';

/** What is narrower stands above. */
export const hows: readonly (readonly [How, RegExp])[] = [
  [
    'clock-apart',
    pattern(
      /time is not in sync|clocks? (?:is|are) not (?:in sync|synchroni[sz]ed)|System clock synchronized: no/i,
      /|clock skew (?:detected|too)|(?:ntp|chrony|timesync)\w*\b.{0,60}(?:unsynchroni[sz]ed|not synchroni[sz]ed)/i,
    ),
  ],
  // A process that a limit of its own has ended is not the host's lack of memory.
  ['memory-limit', /Memory cgroup out of memory|CONSTRAINT_MEMCG|\boom_memcg=|killed as a result of limit of \/\S/],
  [
    'no-processes',
    pattern(
      /fork(?:\/exec \S{1,200})?: (?:.{0,40}: )?resource temporarily unavailable/i,
      /|can(?:no|')t fork|can't start new thread/i,
      /|unable to create (?:new )?native thread|pthread_create|failed to create new OS thread|newosproc/i,
      /|fork rejected by pids|pids?[ .](?:max|limit)\b.{0,40}(?:reach|exceed|hit)/i,
    ),
  ],
  [
    'kernel-lacks',
    pattern(
      /\b(?:failed to find|missing(?: required)?|can(?:no|')t find|no|not find) /i,
      /(?:the )?(?:\w+ )?cgroups?\b(?! (?:path|for))/i,
      /|cgroups? \S{0,20} ?(?:is |are )?(?:missing|disabled|not (?:enabled|mounted|supported))/i,
      /|kernel (?:does not|doesn't) support|CGROUPS?_\w+: (?:missing|disabled)|driver not loaded/i,
      /|cgroup subsystem not mounted|cannot find cgroup mount/i,
    ),
  ],
  [
    'no-program',
    pattern(
      /[\w.+-]: command not found|\bsh: (?:\d+: |line \d+: )?\S+: not found/i,
      /|executable file not found in \$PATH|not found in (?:system|your) path/i,
      /|need a \/sbin\/mount\.|bad superblock on (?:[\w.-]+:\/|\[[\da-f:]+\]:\/|\/\/\w)/i,
      /|unknown filesystem type|line \d+: [\w.+-]+: not found/i,
      /|executable \S+ not found|No such program|No such executable/i,
    ),
  ],
  [
    'not-yet-valid',
    pattern(
      /(?<!expired or )is not yet valid(?!: current time \S+ is after)|is before \d{4}-|not valid yet/,
      /|used before issued|NotBefore|notBefore/,
    ),
  ],
  [
    'expired',
    pattern(
      /certificate[^.]{0,40}\bexpired|expired certificate|token[^.]{0,30}\bexpired|(?<!timeout )has expired/i,
      /|\bis after \d{4}-|CERTIFICATE_EXPIRED/i,
    ),
  ],
  [
    'name-missing',
    pattern(
      /certificate is valid for .{1,400}, not |contain any IP SANs|not valid for any names/i,
      /|hostname mismatch|no alternative certificate subject name|legacy Common Name/i,
      /|does not match (?:target host|certificate)/i,
    ),
  ],
  [
    'not-trusted',
    pattern(
      /unknown (?:certificate )?authority|UNKNOWN_CA|unknown ca\b|self.signed certificate/i,
      /|certificate verify failed|local issuer certificate|bad certificate|x509: certificate/i,
    ),
  ],
  [
    'name-unknown',
    pattern(
      /no such host|server misbehaving|Temporary failure in name resolution|Name or service not known/i,
      /|NXDOMAIN|could not resolve host/i,
    ),
  ],
  ['no-resolver', /lookup \S+ on (?:\[::1\]|127(?:\.\d+){3}):53: .{0,160}(?:refused|cannot assign|unreachable|time)/i],
  [
    'gateway',
    pattern(
      /: (?:Gateway Timeout|Bad Gateway|Service Unavailable)\b|Proxy Authentication Required/i,
      /|\b50[234] (?:Gateway Timeout|Bad Gateway|Service Unavailable)|No server is available to handle/i,
      // Nothing of Kubernetes answers in HTML.
      /|\b(?:error|fail\w*|unable|unexpected|could not)\b.{0,200}<(?:!doctype )?html\b/i,
    ),
  ],
  [
    'wrong-protocol',
    pattern(
      /gave HTTP response to HTTPS client|sent an HTTP request to an HTTPS server/i,
      /|first record does not look like a TLS handshake|wrong version number/i,
    ),
  ],
  ['refused', /connection refused|ECONNREFUSED|was refused|port unreachable|\berrno[ =:]*111\b/i],
  ['no-route', /no route to host|EHOSTUNREACH|network is unreachable|ENETUNREACH|host unreachable|\berrno[ =:]*113\b/i],
  // netfilter's own form behind whatever prefix a rule gives that says so.
  ['dropped', /(?:DROP|REJECT|BLOCK|DEN[YI]|DISCARD|PROHIBIT)\w*\b[^=]{0,80}\bIN=.{0,300}\bSRC=/i],
  ['martian', /martian source/],
  [
    'garbled',
    pattern(
      /bad (?:udp|tcp|ip) cksum|\b(?:UDP|TCP|IP|ICMP)(?:v[46])?: (?:bad|short|wrong|invalid) checksum/i,
      /|\b(?:packets?|segments?|datagrams?)\b.{0,60}\b(?:bad|wrong|incorrect|invalid) checksum/i,
      /|\b(?:bad|wrong|incorrect|invalid) (?:udp|tcp|ip) checksum|InCsumErrors\W+[1-9]/i,
    ),
  ],
  ['not-established', /not established|peer handshake did not complete|no route to BGP|BIRD is not ready/i],
  [
    'taken-over',
    pattern(
      /^\s*(?:cali|lxc|veth|cni|flannel)[\w.]*: (?:connect|managed)/i,
      /|NetworkManager\S* .{0,60}\b(?:cali|lxc|veth|cni|flannel)\w*\b/i,
    ),
  ],
  [
    'in-use',
    /\baddress (?:already )?in use|EADDRINUSE|\bport \d+ (?:is|was) (?:already )?in use|port is already allocated/i,
  ],
  [
    'busy',
    pattern(
      /mount point busy|(?:device|resource|target|volume|file ?system)(?: or resource)? (?:is )?busy|\bEBUSY\b/i,
      /|Multi-Attach error|already (?:exclusively )?(?:attached|in use|used) (?:to|by|at)\b|Text file busy/i,
      /|apparently in use by the system|is reserved for/i,
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
  ['full', /no space left|ENOSPC|space exceeded|disk full|0 free (?:meta)?data blocks|No IP addresses available/i],
  [
    'bad-pem',
    /\bPEM\b.{0,30}(?:data|block|routines)|no start line|malformed certificate|asn1: |valid RSA or ECDSA certificates/i,
  ],
  ['unknown-word', /(?:unrecognized|unknown|invalid) feature gate|unknown (?:shorthand )?flag|flag provided but not/i],
  ['api-gone', /no matches for kind|no kind "[^"]+" is registered|doesn't have a resource type/i],
  ['repository-gone', /does not have a Release file|Cannot download repomd|repomd\.xml.{0,40}404/i],
  ['not-tolerated', /(?:un|not? |n't )tolerate|had (?:untolerated )?taint/i],
  [
    'no-memory',
    pattern(
      /Out of memory: Kill|low on resource: memory|\bMemoryPressure\b(?! +False)/i,
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
  ['not-found', /no such file or directory|ENOENT|not found(?! in DNS cache)|does not exist|\b404\b/i],
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
      /|\b(?:does|do|did) ?n[o']t match\b|\bdiffers? from\b/i,
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
  ['failed', /\b(?:fail(?:ed|s|ure)?|fatal|unable to|can ?not|can't|could ?n[o']t|rejected|not healthy|unhealthy)\b/i],
];

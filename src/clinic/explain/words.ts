/** The words of logs that say how it went. The first that fits holds. */
import type { How } from './account.js';
import { howsOfThings } from './words-of-things.js';
import { pattern } from '../../model/pattern.js';

/** What is narrower stands above; of what is told both ways the one above holds. */
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
      /|NXDOMAIN|could not resolve host|\bbad address '/i,
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
  ...howsOfThings,
];

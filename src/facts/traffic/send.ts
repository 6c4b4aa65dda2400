/**
 * Sends a host's probes, from itself and from its pods, all at once. Connects to ports that nobody serves: a refusal is
 * an answer. Needs bash; large packets also perl or python3, without which the kernel may cut them into fragments.
 */
import { raw, type Script, scripts, sh } from '../../shell/sh.js';
import { isMany, manyScript, outcomeOfMany, readMany } from './many.js';
import type { Outcome, Probe, ProbeSeen } from './seen.js';

/** Seconds: a lost first packet of TCP is sent again after one. */
const timeoutSeconds = '1.6';

export const probesScript = (probes: readonly Probe[], tools: readonly string[]): Script => {
  const sources = new Map<number, Probe[]>();
  for (const probe of probes) {
    const pid = probe.from.pod?.pid ?? 0;
    sources.set(pid, [...(sources.get(pid) ?? []), probe]);
  }
  return scripts([
    sh`export LC_ALL=C`,
    ...[...sources].map(([pid, all]) => from(pid, all, tools)),
    sh`wait`,
    sh`echo '#end'`,
  ]);
};

const from = (pid: number, probes: readonly Probe[], tools: readonly string[]): Script => {
  const inner = scripts([functions, ...calls(probes, tools), sh`wait`]);
  const shown = sh`{ timeout -k 1 ${timeoutSeconds} ${raw(entered(probes[0]?.from.pod))}bash \
-c ${inner} </dev/null 2>&1 | sed ${`s/^/${pid} /`}; } &`;
  const netns = probes[0]?.from.pod?.netns;
  return netns === undefined
    ? shown
    : sh`! readlink ${`/proc/${pid}/ns/net`} | grep -qxF ${`net:[${netns}]`} || ${raw(shown)}`;
};

/** What is counted comes first: it is gone before the many small programs of all others begin. */
const calls = (probes: readonly Probe[], tools: readonly string[]): readonly Script[] => [
  ...manyScript(probes, tools),
  ...probes.filter(one => !isMany(one)).flatMap(one => call(one, tools)),
  ...large(probes, tools),
];

export const entered = (pod: { readonly pid: number } | undefined): Script =>
  pod ? sh`nsenter -t ${pod.pid} -n ` : sh``;

const functions = sh`echo begun
t() { exec 3<>"/dev/tcp/$1/$2" && echo "open tcp $1 $2"; }
u() {
  exec 3<>"/dev/udp/$2/$3" || return
  for n in 1 2 3; do
    printf "%0$4d" 0 2>/dev/null >&3
    e=$( { IFS= read -r -t 0.4 -N 1 <&3 && echo answered; } 2>&1 )
    case $e in
      *answered*) echo "open $1 $2 $3"; return;;
      *refused*) echo "refused $1 $2 $3"; return;;
      *'too long'*) echo "too-large $1 $2 $3"; return;;
      *'not permitted'*) echo "not-permitted $1 $2 $3"; return;;
      *nreachable*|*'o route'*) echo "no-route $1 $2 $3"; return;;
    esac
  done
}
x() {
  exec 3<>"/dev/tcp/$1/$2" || return
  printf 'GET /%03000d HTTP/1.0\\r\\n\\r\\n' 0 >&3
  e=$( { IFS= read -r -t 1.2 -N 1 <&3; } 2>/dev/null; echo $? )
  [ "$e" -gt 128 ] || echo "open exchange $1 $2"
}
q() {
  exec 3<>"/dev/udp/$1/$2" || return
  for n in 1 2 3; do
    printf "$3" >&3
    e=$(timeout 0.4 head -c 4 <&3 2>/dev/null | od -An -tx1 | tr -d ' ')
    case $e in
      6b77????) case $4$e in *0|outer*3) echo "open $4 $1 $2";; *) echo "no-name $4 $1 $2";; esac; return;;
    esac
  done
}`;

const call = ({ kind, to, port, size = 32, name = '' }: Probe, tools: readonly string[]): readonly Script[] => {
  if (kind === 'tcp') return [sh`t ${to.address} ${port} &`];
  if (kind === 'exchange') return [sh`x ${to.address} ${port} &`];
  if (kind === 'name' || kind === 'outer') return [sh`q ${to.address} ${port} ${questionOf(name)} ${kind} &`];
  if (kind === 'large' && programOf(tools)) return [];
  return [sh`u ${kind} ${to.address} ${port} ${size} &`];
};

/**
 * Set in every datagram: not cut into pieces, whatever the kernel has learned of the path before (IP_PMTUDISC_PROBE).
 */
const perl = `use Socket;my %s;for(@ARGV){my($a,$p,$n)=split/,/;socket(my $s,PF_INET,SOCK_DGRAM,17);
setsockopt($s,0,10,pack("i",3));connect($s,pack_sockaddr_in($p,inet_aton($a)));$s{$_}=[$s,"$a $p",$n]}
my %w=(111,"refused",90,"too-large",1,"not-permitted",101,"no-route",113,"no-route");
sub d{my($k,$e)=@_;my $o=$e?$w{$e}:"open";print "$o large $s{$k}[1]\\n" if $o;delete $s{$k}}
for(1..3){for my $k(keys %s){d($k,$!+0)unless defined send($s{$k}[0],"0"x$s{$k}[2],0)}
my $l=0.4;while(%s&&$l>0){my $v="";vec($v,fileno($s{$_}[0]),1)=1 for keys %s;my $f;
($f,$l)=select($v,undef,undef,$l);last if $f<1;for my $k(keys %s){next unless vec($v,fileno($s{$k}[0]),1);
d($k,defined(recv($s{$k}[0],my $b,9,0))?0:$!+0)}}}`;

const python = `import socket,select,sys,time
w={111:"refused",90:"too-large",1:"not-permitted",101:"no-route",113:"no-route"};s={}
def d(k,e):
  o=w.get(e) if e else "open";k=s.pop(k)
  if o: print(o,"large",k[1])
for x in sys.argv[1:]:
  a,p,n=x.split(",");k=socket.socket(2,2);k.setsockopt(0,10,3);k.connect((a,int(p)));s[k]=(int(n),a+" "+p)
for t in range(3):
  for k in list(s):
    try: k.send(b"0"*s[k][0])
    except OSError as e: d(k,e.errno)
  end=time.time()+0.4
  while s and time.time()<end:
    for k in select.select(list(s),[],[],max(0,end-time.time()))[0]:
      try: k.recv(9);d(k,0)
      except OSError as e: d(k,e.errno)`;

const programOf = (tools: readonly string[]): Script | undefined =>
  tools.includes('perl') ? sh`perl -e ${perl}` : tools.includes('python3') ? sh`python3 -c ${python}` : undefined;

/** All of one source in one process. */
const large = (probes: readonly Probe[], tools: readonly string[]): readonly Script[] => {
  const all = probes.filter(one => one.kind === 'large');
  const program = programOf(tools);
  if (all.length === 0 || !program) return [];
  return [sh`${raw(program)} ${all.map(({ to, port, size = 0 }) => `${to.address},${port},${size}`)} &`];
};

/** A question for an A record as text for printf: id `kw`, recursion desired, one question. */
const questionOf = (name: string): string =>
  `\\153\\167\\001\\000\\000\\001${zeros(6)}${name.split('.').map(label).join('')}${zeros(2)}\\001\\000\\001`;

const zeros = (many: number): string => '\\000'.repeat(many);

const label = (word: string): string => `\\${word.length.toString(8).padStart(3, '0')}${word}`;

const words: readonly (readonly [RegExp, Outcome])[] = [
  [/refused/i, 'refused'],
  [/no route|unreachable/i, 'no-route'],
  [/not permitted/i, 'not-permitted'],
  [/too long/i, 'too-large'],
  [/timed out/i, 'timeout'],
];

/** In the order of the probes, the counted ones with their share. */
export const readSeen = (output: string, probes: readonly Probe[]): readonly ProbeSeen[] => {
  const [outcomes, shares] = [readProbes(output, probes), readMany(output, probes)];
  return probes.map((probe, index) => {
    const share = shares[index];
    const outcome = isMany(probe) ? outcomeOfMany(share) : (outcomes[index] ?? 'not-run');
    return { ...probe, outcome, ...(share && { share }) };
  });
};

/** In the order of the probes. A source that did not begin has not run. */
export const readProbes = (output: string, probes: readonly Probe[]): readonly Outcome[] => {
  const found = new Map<string, Outcome>();
  const begun = new Set<string>();
  for (const [, pid = '', line = ''] of output.matchAll(/^(\d+) (.*)$/gm)) {
    if (line === 'begun') begun.add(pid);
    const [, outcome, kind, address, port] =
      /^(open|refused|too-large|no-route|not-permitted|no-name) (tcp|udp|large|name|outer|exchange) (\S+) (\d+)$/.exec(
        line,
      ) ?? [];
    if (outcome !== undefined) found.set(`${pid} ${kind} ${address} ${port}`, outcome as Outcome);
    const [, protocol, dialled, at, why = ''] = /\/dev\/(tcp|udp)\/([^/]+)\/(\d+): (.*)$/.exec(line) ?? [];
    const word = words.find(([pattern]) => pattern.test(why))?.[1];
    if (protocol !== undefined && word) found.set(`${pid} ${protocol} ${dialled} ${at}`, word);
  }
  return probes.map(({ from, kind, to, port }) => {
    const pid = String(from.pod?.pid ?? 0);
    // What bash says of a connect does not tell what it was for.
    const dialled = kind === 'exchange' ? found.get(`${pid} tcp ${to.address} ${port}`) : undefined;
    return found.get(`${pid} ${kind} ${to.address} ${port}`) ?? dialled ?? (begun.has(pid) ? 'timeout' : 'not-run');
  });
};

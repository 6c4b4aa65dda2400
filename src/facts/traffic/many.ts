/**
 * Many small packets along one edge at once: a way that loses some of them looks whole to whoever asks three times.
 * Of TCP the kernel itself counts what it had to send again, so that a busy host is not taken for a lossy way.
 */
import { raw, type Script, sh } from '../../shell/sh.js';
import type { Outcome, Probe } from './seen.js';

/** How many were sent, and of how many the first packet, or what must answer it, got lost. */
export interface Share {
  readonly sent: number;
  readonly lost: number;
}

/** `c,ADDRESS,PORT,MANY` connects; `n,ADDRESS,PORT,MANY,HEX` asks a DNS server. At 100 in tcp_info: total_retrans. */
const perl = `use Socket;use Time::HiRes "time";my(%s,%r);my $end=time+1.4;
for(@ARGV){my($k,$a,$p,$n,$q)=split/,/;my $t=pack_sockaddr_in($p,inet_aton($a));$r{$_}=[0,0];
for my $i(1..$n){my $c=$k eq "c";socket(my $s,PF_INET,($c?1:2)|2048,$c?6:17)or next;connect($s,$t);
send($s,pack("H*",$q),0)unless $c;$s{fileno $s}=[$s,$_,$c]}}
my %o=%s;while(%o&&(my $l=$end-time)>0){my($w,$d)=("","");for(keys %o){$o{$_}[2]?vec($w,$_,1)=1:vec($d,$_,1)=1}
last if select($d,$w,undef,$l)<1;
for(keys %o){if(vec($w,$_,1)){delete $o{$_}}elsif(vec($d,$_,1)){delete $o{$_}if defined recv($o{$_}[0],my $b,9,0)}}}
for(keys %s){my($s,$k,$c)=@{$s{$_}};my $i=$c?unpack("L",substr(getsockopt($s,6,11)||"",100,4)||"\\0\\0\\0\\0"):0;
$r{$k}[0]++;$r{$k}[1]++ if $o{$_}||$i}
for(keys %r){my($k,$a,$p)=split/,/;print "many $k $a $p $r{$_}[0] $r{$_}[1]\\n"}`;

const python = `import select,socket,sys,time
end=time.time()+1.4;s={};r={}
for x in sys.argv[1:]:
  f=x.split(",");c=f[0]=="c";r[x]=[0,0]
  for i in range(int(f[3])):
    k=socket.socket(2,1 if c else 2);k.setblocking(False);k.connect_ex((f[1],int(f[2])))
    if not c:
      try: k.send(bytes.fromhex(f[4]))
      except OSError: pass
    s[k]=(x,c)
o=dict(s)
while o and time.time()<end:
  d,w,_=select.select([k for k in o if not o[k][1]],[k for k in o if o[k][1]],[],max(0,end-time.time()))
  for k in w: o.pop(k)
  for k in d:
    try: k.recv(9);o.pop(k)
    except OSError: pass
  if not d and not w: break
for k,(x,c) in s.items():
  i=c and int.from_bytes(k.getsockopt(6,11,104)[100:104],sys.byteorder)
  r[x][0]+=1;r[x][1]+=bool(k in o or i)
for x,(n,l) in r.items(): print("many",*x.split(",")[:3],n,l)`;

const words = { connects: 'c', names: 'n' } as const;

export const isMany = ({ kind }: Pick<Probe, 'kind'>): boolean => Object.hasOwn(words, kind);

/** All of one source in one process; without perl and python3 nothing is sent. */
export const manyScript = (probes: readonly Probe[], tools: readonly string[]): readonly Script[] => {
  const all = probes.filter(isMany);
  const program = tools.includes('perl') ? sh`perl -e ${perl}` : sh`python3 -c ${python}`;
  if (all.length === 0 || !(tools.includes('perl') || tools.includes('python3'))) return [];
  return [sh`${raw(program)} ${all.map(wordOf)} &`];
};

const wordOf = ({ kind, to, port, many = 0, name = '' }: Probe): string =>
  kind === 'names' ? `n,${to.address},${port},${many},${questionOf(name)}` : `c,${to.address},${port},${many}`;

/** A question for an A record: id `kw`, recursion desired, one question. */
const questionOf = (name: string): string =>
  Buffer.concat([
    Buffer.from('6b7701000001000000000000', 'hex'),
    ...name.split('.').map(label => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from('0000010001', 'hex'),
  ]).toString('hex');

/** In the order of the probes; undefined: nothing was counted. */
export const readMany = (output: string, probes: readonly Probe[]): readonly (Share | undefined)[] => {
  const found = new Map(
    [...output.matchAll(/^(\d+) many ([cn]) (\S+) (\d+) (\d+) (\d+)$/gm)].map(
      ([, pid = '', word = '', address = '', port = '', sent, lost]) =>
        [`${pid} ${word} ${address} ${port}`, { sent: Number(sent), lost: Number(lost) }] as const,
    ),
  );
  return probes.map(one => {
    const { from, kind, to, port } = one;
    if (kind !== 'connects' && kind !== 'names') return undefined;
    return found.get(`${from.pod?.pid ?? 0} ${words[kind]} ${to.address} ${port}`);
  });
};

/**
 * From a tenth on, and twice in a row (the second time with three times as many): then every tenth connection waits a
 * second and more. A healthy network of one data centre loses less than one in a thousand, and with one in a hundred
 * two such samples in a row are less likely than one in ten thousand.
 */
const share = 0.1;
const least = 2;

export const outcomeOfMany = (seen: Share | undefined): Outcome => {
  if (!seen || seen.sent === 0) return 'not-run';
  if (seen.lost === seen.sent) return 'timeout';
  return seen.lost >= Math.max(least, seen.sent * share) ? 'lossy' : 'open';
};

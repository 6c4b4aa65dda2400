/** What hosts answer to the questions of the data path, as real commands printed it. */
import { describe, expect, test } from 'vitest';
import { readCounters } from '../../../src/facts/traffic/counters.js';
import { endsScript, readEnds } from '../../../src/facts/traffic/ends.js';
import type { PodEnd, Probe } from '../../../src/facts/traffic/seen.js';
import { probesScript, readProbes } from '../../../src/facts/traffic/send.js';

describe('pods of a host', () => {
  const answer = `#tools bash nsenter timeout perl ip
#pod 2146 4026532182
2: eth0@if6: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP group default qlen 1000
    link/ether 46:e9:5e:22:e6:96 brd ff:ff:ff:ff:ff:ff link-netns kw-3
    inet 10.244.2.3/24 brd 10.244.2.255 scope global eth0
       valid_lft forever preferred_lft forever
3: net1@if9: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9000 qdisc noqueue state UP group default qlen 1000
    inet 172.30.0.9/24 brd 172.30.0.255 scope global net1
#pod 2200 4026532190
#pod 2300 4026532191
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default
    link/ether 46:e9:5e:22:e6:97 brd ff:ff:ff:ff:ff:ff
    inet6 fd00::5/64 scope global
#end
`;
  test('are their first links with an IPv4 address', () => {
    expect(readEnds(answer)).toEqual({
      tools: ['bash', 'nsenter', 'timeout', 'perl', 'ip'],
      pods: [{ pid: 2146, netns: 4026532182, address: '10.244.2.3', mtu: 1450, link: 'eth0', peer: 6 }],
    });
  });
  test('are unknown where the answer is cut off or is none', () => {
    for (const part of ['', 'sh: 1: syntax error', answer.slice(0, -6)]) expect(readEnds(part)).toBeUndefined();
  });
  test('are asked for without a change', () => {
    expect(endsScript.replaceAll(/net -> net|>\/dev\/null|>&1/g, '')).not.toContain('>');
  });
});

const pod: PodEnd = { pid: 400, netns: 4, address: '10.244.3.5', mtu: 1450, link: 'eth0' };
const to = (address: string, kind: Probe['kind'], port: number, more: Partial<Probe> = {}): Probe => ({
  from: { host: 'kw-1', pod },
  to: { what: 'pod', address },
  kind,
  port,
  ...more,
});

describe('probes', () => {
  const probes: readonly Probe[] = [
    to('10.244.4.5', 'tcp', 40961),
    to('10.244.4.6', 'tcp', 40961),
    to('10.244.4.5', 'udp', 40961),
    to('10.244.4.5', 'large', 40962, { size: 1422 }),
    to('10.96.0.1', 'tcp', 443),
    to('10.96.0.10', 'name', 53, { name: 'kube-dns.kube-system.svc.cluster.local' }),
    to('10.244.4.7', 'tcp', 40961),
    { ...to('10.244.4.5', 'tcp', 40961), from: { host: 'kw-1' } },
  ];
  test('have the outcome that bash, perl and the kernel say', () => {
    const output = `400 begun
400 environment: connect: Connection refused
400 environment: line 2: /dev/tcp/10.244.4.5/40961: Connection refused
400 environment: connect: No route to host
400 environment: line 2: /dev/tcp/10.244.4.6/40961: No route to host
400 refused udp 10.244.4.5 40961
400 too-large large 10.244.4.5 40962
400 open tcp 10.96.0.1 443
400 no-name name 10.96.0.10 53
#end
`;
    expect(readProbes(output, probes)).toEqual([
      'refused',
      'no-route',
      'refused',
      'too-large',
      'open',
      'no-name',
      'timeout',
      'not-run',
    ]);
  });
  test('that nobody answered for have not run: silence of a host is not silence of the network', () => {
    expect(new Set(readProbes('', probes))).toEqual(new Set(['not-run']));
    expect(new Set(readProbes('nsenter: cannot open /proc/400/ns/net', probes))).toEqual(new Set(['not-run']));
  });
  test('ask for a name in the form of RFC 1035', () => {
    expect(probesScript(probes.slice(5, 6), [])).toContain(
      String.raw`\153\167\001\000\000\001\000\000\000\000\000\000\010kube-dns\013kube-system\003svc\007cluster\005local\000\000\001\000\001`,
    );
    expect(probesScript(probes.slice(5, 6), [])).not.toContain(String.raw`\''\''`);
  });
  test('of one source are one process, which has an end', () => {
    const script = probesScript(probes, ['perl']);
    expect(script.match(/nsenter -t 400/g)).toHaveLength(1);
    expect(script.match(/timeout -k 1 1\.6/g)).toHaveLength(2);
    expect(script).toContain('net:[4]');
  });
});

describe('counters', () => {
  const answer = `#dev
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  100000    1638    0    0    0     0          0         0   100000    1638    0    0    0     0       0          0
kw.vxlan:    5000      50    0    7    0     0          0         0     6000      60    0    2    0     0       0          0
#stat
Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards InDelivers OutRequests OutDiscards OutNoRoutes
Ip: 1 64 1000 0 3 0 0 0 1000 1000 165 0
TcpExt: SyncookiesSent IPReversePathFilter
TcpExt: 0 12
IpExt: InNoRoutes InTruncatedPkts
IpExt: 4 0
#pod 400
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
  eth0:  1000       11    0    0    0     0          0         0     2000      22    0    0    0     0       0          0
Udp: InDatagrams NoPorts InErrors OutDatagrams
Udp: 5 300 0 5
#links
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\\    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
7: veth5f@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue master cni0 state UP mode DEFAULT group default \\    link/ether 5a:71 brd ff:ff:ff:ff:ff:ff link-netnsid 1
#route 10.244.4.5
10.244.4.5 via 10.244.4.0 dev kw.vxlan src 10.244.3.0 uid 0 \\    cache
#qdisc
qdisc noqueue 0: dev lo root refcnt 2
 Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0)
 backlog 0b 0p requeues 0
qdisc netem 8001: dev kw.vxlan root refcnt 2 limit 1000 loss 100%
 Sent 0 bytes 0 pkt (dropped 321, overlimits 0 requeues 0)
#rules
*raw
[41:2460] -A PREROUTING -d 10.244.4.0/24 -j DROP
*filter
:FORWARD DROP [9:540]
[2:120] -A KUBE-FIREWALL -m comment --comment "block" -j DROP
#nft
table inet theirs {
	chain in {
		type filter hook input priority 0; policy drop;
		udp dport 8472 counter packets 77 bytes 9000 drop
		ip saddr 10.244.4.0/24 drop
#end
`;
  test('are those of links, pods, the kernel, queues and rules of every table', () => {
    const seen = readCounters(answer);
    expect(seen?.links.get('kw.vxlan')).toEqual({ in: 50, out: 60, lost: 9 });
    expect(seen?.pods.get(400)?.get('eth0')).toEqual({ in: 11, out: 22, lost: 0 });
    expect(seen?.unserved.get(400)).toBe(300);
    expect(seen?.names.get(7)).toEqual({ name: 'veth5f', master: 'cni0' });
    expect(seen?.routes.get('10.244.4.5')).toBe('kw.vxlan');
    expect(Object.fromEntries(seen?.drops ?? [])).toMatchObject({
      'rule raw PREROUTING: -A PREROUTING -d 10.244.4.0/24 -j DROP': 41,
      'rule filter FORWARD: its policy DROP': 9,
      'rule filter KUBE-FIREWALL: -A KUBE-FIREWALL -m comment --comment "block" -j DROP': 2,
      'rule nft inet theirs, in: udp dport 8472 drop': 77,
      'queue netem on kw.vxlan': 321,
    });
    expect([...(seen?.drops ?? [])].filter(([key]) => key.includes('rp_filter'))[0]?.[1]).toBe(12);
    expect(seen?.silent).toEqual([
      'nft inet theirs, in (input): policy drop',
      'nft inet theirs, in: ip saddr 10.244.4.0/24 drop',
    ]);
  });
  test('are unknown where the answer is cut off', () => {
    expect(readCounters(answer.slice(0, -6))).toBeUndefined();
  });
});

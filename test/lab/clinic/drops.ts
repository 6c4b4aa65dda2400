/** Random ways in which a host loses packets of pods: any table, hook, family, link, queue; drawn from a seed. */

export interface Ground {
  readonly host: string;
  /** The part of the pod network that the host gives to its pods. */
  readonly podCidr: string;
  /** The overlay's link and port, the bridge, and a pod's link on the host. */
  readonly overlay: string;
  readonly port: number;
  readonly bridge: string;
  readonly pod: string;
}

export interface Drop {
  readonly host: string;
  readonly says: string;
  /** Shell, as root on the host. */
  readonly make: string;
  readonly undo: string;
}

export type Random = () => number;

/** mulberry32: the same seed, the same drops. */
export const randomOf = (seed: number): Random => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const pick = <T>(random: Random, all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;

type Kind = (ground: Ground, random: Random) => Omit<Drop, 'host'>;

/** What passes a hook: packets of pods where the host forwards, those of the overlay where it receives or sends. */
const matchOf = ({ podCidr, port }: Ground, hook: string, random: Random): string => {
  const protocol = pick(random, ['', '', '-p tcp ', '-p udp ']);
  if (/^(INPUT|OUTPUT)$/i.test(hook)) return `-p udp --dport ${port}`;
  return `${protocol}${pick(random, [`-s ${podCidr}`, `-d ${podCidr}`])}`;
};

const iptables: Kind = (ground, random) => {
  const [table, hooks] = pick(random, [
    ['raw', ['PREROUTING', 'OUTPUT']],
    ['mangle', ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']],
    ['filter', ['INPUT', 'FORWARD', 'OUTPUT']],
    ['security', ['INPUT', 'FORWARD', 'OUTPUT']],
  ] as const);
  const hook = pick<string>(random, hooks);
  const rule = `${hook} ${matchOf(ground, hook, random)} -j DROP`;
  return {
    says: `iptables, table ${table}: ${rule}`,
    make: `iptables -w -t ${table} -I ${rule}`,
    undo: `iptables -w -t ${table} -D ${rule}`,
  };
};

const nft: Kind = (ground, random) => {
  const name = `x${Math.floor(random() * 2 ** 24).toString(16)}`;
  const family = pick(random, ['ip', 'inet']);
  const hook = pick(random, ['prerouting', 'input', 'forward', 'output', 'postrouting']);
  const priority = pick(random, [-350, -250, -10, 0, 5, 150, 310]);
  const match =
    hook === 'input' || hook === 'output'
      ? `udp dport ${ground.port}`
      : `ip ${pick(random, ['saddr', 'daddr'])} ${ground.podCidr}${pick(random, ['', ' meta l4proto tcp', ' meta l4proto udp'])}`;
  const rule = `${match} ${pick(random, ['', 'counter '])}drop`;
  return {
    says: `nft, table ${family} ${name}, ${hook} at ${priority}: ${rule}`,
    make:
      `nft add table ${family} ${name} && nft 'add chain ${family} ${name} c { type filter hook ${hook} priority ` +
      `${priority}; }' && nft add rule ${family} ${name} c ${rule}`,
    undo: `nft delete table ${family} ${name}`,
  };
};

/** netem where the kernel has it; a queue that takes nothing loses as much. Not of the link by which the host is asked. */
const queue: Kind = ({ overlay, bridge, pod }, random) => {
  const link = pick(random, [overlay, bridge, pod]);
  const kind = pick(random, ['bfifo limit 1', 'pfifo limit 0', 'tbf rate 8bit burst 8 limit 8']);
  return {
    says: `tc, ${link}: netem loss 100 %, or ${kind}`,
    make: `tc qdisc add dev ${link} root netem loss 100% 2>/dev/null || tc qdisc add dev ${link} root ${kind}`,
    undo: `tc qdisc del dev ${link} root`,
  };
};

const mtu: Kind = ({ overlay }, random) => {
  const bytes = 700 + Math.floor(random() * 600);
  return {
    says: `MTU of ${overlay}: ${bytes}`,
    make: `ip -o link show ${overlay} | sed 's/.* mtu \\([0-9]*\\) .*/\\1/' >/run/kw-mtu; ip link set ${overlay} mtu ${bytes}`,
    undo: `ip link set ${overlay} mtu $(cat /run/kw-mtu); rm /run/kw-mtu`,
  };
};

const forwarding: Kind = ({ overlay, bridge }, random) => {
  const file = pick(random, [
    `/proc/sys/net/ipv4/conf/${overlay}/forwarding`,
    `/proc/sys/net/ipv4/conf/${bridge}/forwarding`,
    '/proc/sys/net/ipv4/ip_forward',
  ]);
  return { says: `${file}: 0`, make: `echo 0 >${file}`, undo: `echo 1 >${file}` };
};

/** The way back to a sender leads elsewhere: rp_filter then throws its packets away. */
const reversePath: Kind = ({ overlay, podCidr, bridge }) => ({
  says: `rp_filter of ${bridge}: 1, and the way back to ${podCidr} by ${overlay} (for what a pod sends)`,
  make: `echo 1 >/proc/sys/net/ipv4/conf/${bridge}/rp_filter; ip route add table 77 ${podCidr} dev ${overlay}; ip rule add to ${podCidr} iif lo lookup 77 pref 77`,
  undo: `ip rule del pref 77; ip route flush table 77; echo 0 >/proc/sys/net/ipv4/conf/${bridge}/rp_filter`,
});

const kinds: readonly Kind[] = [iptables, nft, iptables, nft, queue, mtu, forwarding, reversePath];

/** The kinds in turn, so that a few drops are not all of one kind; the host and all else by chance. */
export const dropOf = (grounds: readonly Ground[], turn: number, random: Random): Drop => {
  const ground = pick(random, grounds);
  const kind = kinds[turn % kinds.length] as Kind;
  return { host: ground.host, ...kind(ground, random) };
};

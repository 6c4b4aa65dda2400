/** Rules of the packet filter as Calico writes them, and Docker beside it. */
export const caliRules = (
  links: readonly string[],
): { readonly chains: readonly string[]; readonly lines: readonly string[] } => ({
  chains: [
    ...['cali-FORWARD', 'cali-from-wl-dispatch', 'cali-to-wl-dispatch', 'cali-to-hep-forward', 'cali-cidr-block'],
    ...links.flatMap(link => [`cali-fw-${link}`, `cali-tw-${link}`]),
    ...['cali-pro-ns', 'cali-pri-ns', 'cali-from-hep-forward'],
  ],
  lines: [
    '-A FORWARD -m comment --comment "cali:one" -j cali-FORWARD',
    '-A cali-FORWARD -m comment --comment "cali:two" -j MARK --set-xmark 0x0/0xe0000',
    '-A cali-FORWARD -m mark --mark 0x0/0x10000 -j cali-from-hep-forward',
    '-A cali-FORWARD -i cali+ -j cali-from-wl-dispatch',
    '-A cali-FORWARD -o cali+ -j cali-to-wl-dispatch',
    '-A cali-FORWARD -j cali-to-hep-forward',
    '-A cali-FORWARD -j cali-cidr-block',
    ...links.flatMap(link => [
      `-A cali-from-wl-dispatch -i ${link} -g cali-fw-${link}`,
      `-A cali-to-wl-dispatch -o ${link} -g cali-tw-${link}`,
      ...['fw', 'tw'].flatMap(way => [
        `-A cali-${way}-${link} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
        `-A cali-${way}-${link} -m conntrack --ctstate INVALID -j DROP`,
        `-A cali-${way}-${link} -j MARK --set-xmark 0x0/0x10000`,
        `-A cali-${way}-${link} -p udp -m multiport --dports 4789 -j DROP`,
        `-A cali-${way}-${link} -p ipencap -j DROP`,
        `-A cali-${way}-${link} -j ${way === 'fw' ? 'cali-pro-ns' : 'cali-pri-ns'}`,
        `-A cali-${way}-${link} -m mark --mark 0x10000/0x10000 -j RETURN`,
        `-A cali-${way}-${link} -m comment --comment "Drop if no profiles matched" -j DROP`,
      ]),
    ]),
    '-A cali-from-wl-dispatch -m comment --comment "Unknown interface" -j DROP',
    '-A cali-to-wl-dispatch -m comment --comment "Unknown interface" -j DROP',
    ...['pro', 'pri'].flatMap(one => [
      `-A cali-${one}-ns -j MARK --set-xmark 0x10000/0x10000`,
      `-A cali-${one}-ns -m mark --mark 0x10000/0x10000 -j RETURN`,
    ]),
  ],
});

/** Behind what others add to FORWARD, Calico takes what it has marked. */
export const caliLast = [
  '-A FORWARD -m comment --comment "Policy explicitly accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT',
  '-A FORWARD -m comment --comment "cali:last" -j MARK --set-xmark 0x10000/0x10000',
];

export const docker = [
  '-A FORWARD -j DOCKER-USER',
  '-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  '-A FORWARD -i docker0 ! -o docker0 -j ACCEPT',
  '-A DOCKER-USER -j RETURN',
];

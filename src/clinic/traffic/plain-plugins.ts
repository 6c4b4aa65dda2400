/** CNI plugins that know nothing of network policies. */
export const plainPlugins: ReadonlySet<string> = new Set(
  'bridge host-local portmap ptp flannel loopback bandwidth firewall tuning macvlan ipvlan dhcp static sbr'.split(' '),
);

/** Bridge, cables and namespaces. No host has a default route: what a lab host sends can only reach the lab. */
import { cableName, macAddress, netnsName } from '../names.js';
import { addressIn } from '../layout.js';
import { sh } from '../run.js';
import type { HostRecord, LabRecord } from '../state.js';

/**
 * The bridge with the control machine's address. The standing unreachable route has a high metric: while the bridge is
 * down, a packet for a lab host dies here instead of leaving by the machine's default route.
 */
export const bridgeUp = (lab: LabRecord): Promise<string> =>
  sh(
    `
ip route replace unreachable "$2" metric 1000000
if ! ip link show dev "$1" >/dev/null 2>&1; then
  ip link add name "$1" type bridge
  ip addr add "$3/24" dev "$1"
fi
ip link set dev "$1" up
`,
    { args: [lab.id, lab.subnet, addressIn(lab.subnet, 1)] },
  );

/** A namespace with one cable into the bridge. */
export const plugIn = (lab: LabRecord, host: HostRecord): Promise<string> =>
  sh(
    `
ip netns add "$2"
ip link add name "$3" type veth peer name eth0 address "$5" netns "$2"
ip link set dev "$3" master "$1" up
ip -n "$2" -batch - <<EOF
link set dev lo up
addr add $4/24 dev eth0
link set dev eth0 up
EOF
`,
    { args: [lab.id, netnsName(lab, host), cableName(lab, host), host.address, macAddress(host)], host: host.name },
  );

/** Pulls the cable (`down`) or puts it back (`up`); the host runs on. */
export const cable = (lab: LabRecord, host: HostRecord, state: 'up' | 'down'): Promise<string> =>
  sh('ip link set dev "$1" "$2"', { args: [cableName(lab, host), state], host: host.name });

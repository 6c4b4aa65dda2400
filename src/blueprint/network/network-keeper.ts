/**
 * Routes go with an interface that went down, rules with a firewall that was loaded anew: nobody else brings them back.
 */
import type { Resource } from '../../model/resource.js';
import { timed } from '../components/timed.js';
import type { HostContext } from '../input.js';
import { networkScript } from '../render/paths.js';

export const networkKeeper = (context: HostContext): readonly Resource[] =>
  timed(context, {
    name: 'kw-network-keeper',
    description: 'Keeper of the pod network between hosts',
    script: keeperText,
    argument: 'check',
    timer: { OnActiveSec: '1min', OnUnitInactiveSec: '30s', AccuracySec: '5s' },
    stage: 'nodes',
    because: 'routes and rules that somebody took away come back',
  });

/**
 * `check`: is what kw-network.service set up still there? The first look after its start is what is compared with.
 * Only what is its own counts: a route, a rule or a neighbour of somebody else changes nothing.
 */
const keeperText = `#!/bin/sh
# Kubewizard: sets up the pod network again when something of it is gone. Written by kw, do not edit.
set -u
. /etc/kubernetes/network/config
DEV=kw.vxlan
mark=/run/kubewizard/network
mkdir -p /run/kubewizard
# Who stopped it meant it.
systemctl is-active -q kw-network.service || { rm -f "$mark"; exit 0; }
state() {
  ip route show proto 107 | sed 's/ linkdown//; s/ dead//' | sort
  if [ "$PROVIDER" = vxlan ]; then
    ip -o link show dev "$DEV" 2>/dev/null | sed -n 's/.*<.*\\(UP\\).* mtu \\([0-9]*\\).*/\\1 \\2/p'
    ip -o -4 addr show dev "$DEV" 2>/dev/null | awk '{ print $4 }'
    bridge fdb show dev "$DEV" 2>/dev/null | grep ' dst ' | sort
    ip neigh show dev "$DEV" nud permanent 2>/dev/null | sort
  fi
  iptables -w -S FORWARD | grep -e '--comment kubewizard' | sort
  iptables -w -t nat -S POSTROUTING | grep -e '--comment kubewizard' | sort
}
started=$(systemctl show -p ActiveEnterTimestampMonotonic kw-network.service)
now=$(state | sha256sum)
if [ ! -e "$mark" ] || [ "$(head -n 1 "$mark")" != "$started" ]; then
  ${networkScript} up
  now=$(state | sha256sum)
  printf '%s\\n%s\\n' "$started" "$now" >"$mark"
elif [ "$(tail -n 1 "$mark")" != "$now" ]; then
  echo "something of the pod network is gone: it is set up again"
  ${networkScript} up
  printf '%s\\n%s\\n' "$started" "$(state | sha256sum)" >"$mark"
fi
`;

/**
 * What kw-network.service runs. It makes the host's routes equal to the peers file: adds what is missing, removes what
 * is no longer wanted, and leaves alone what is not its own (its routes carry protocol 107, its rules a comment).
 */
export const networkScriptText = `#!/bin/sh
# Kubewizard: the pod network between hosts. Reads /etc/kubernetes/network/{config,peers}; written by kw, do not edit.
set -eu
. /etc/kubernetes/network/config
PEERS=/etc/kubernetes/network/peers
DEV=kw.vxlan
PROTO=107

rule() { # table chain rule…: there once, in front of what others append
  table=$1 chain=$2; shift 2
  iptables -w -t "$table" -C "$chain" "$@" -m comment --comment kubewizard 2>/dev/null ||
    iptables -w -t "$table" -I "$chain" "$@" -m comment --comment kubewizard
}
unrule() {
  table=$1 chain=$2; shift 2
  while iptables -w -t "$table" -D "$chain" "$@" -m comment --comment kubewizard 2>/dev/null; do :; done
}
rules() {
  "$1" filter FORWARD -s "$PODS" -j ACCEPT
  "$1" filter FORWARD -d "$PODS" -j ACCEPT
  "$1" nat POSTROUTING -s "$PODS" ! -d "$PODS" -j MASQUERADE
}
mine() { while read -r name address cidr vtep mac; do [ "$name" != "$NAME" ] || echo "$cidr $vtep $mac"; done \
<"$PEERS"; }

device() {
  set -- $(mine)
  if ip -d link show "$DEV" 2>/dev/null | grep -q "vxlan id $VNI .*local $ADDRESS .*dstport $PORT"; then :; else
    ip link del "$DEV" 2>/dev/null || true
    ip link add "$DEV" address "$3" type vxlan id "$VNI" local "$ADDRESS" dev "$UNDERLAY" dstport "$PORT" nolearning
  fi
  ip link set "$DEV" mtu "$MTU" up
  ip addr replace "$2/32" dev "$DEV"
}
wanted_routes() {
  while read -r name address cidr vtep mac; do
    [ "$name" != "$NAME" ] || continue
    case $PROVIDER in
      vxlan) echo "$cidr via $vtep dev $DEV onlink" ;;
      routes) echo "$cidr via $address dev $UNDERLAY onlink" ;;
    esac
  done <"$PEERS"
}
neighbours() {
  while read -r name address cidr vtep mac; do
    [ "$name" != "$NAME" ] || continue
    echo "neigh replace $vtep lladdr $mac dev $DEV nud permanent"
  done <"$PEERS" | ip -batch -
  bridge fdb show dev "$DEV" | sed -n 's/^\\([0-9a-f:]*\\) dst \\([0-9.]*\\).*/\\1 \\2/p' | while read -r mac address; \
do
    grep -q " $address .* $mac\\$" "$PEERS" || echo "fdb del $mac dev $DEV dst $address"
  done | bridge -batch -
  while read -r name address cidr vtep mac; do
    [ "$name" != "$NAME" ] || continue
    echo "fdb replace $mac dev $DEV dst $address self permanent"
  done <"$PEERS" | bridge -batch -
}
routes() {
  wanted_routes | sed "s/^/route replace /; s/\\$/ proto $PROTO/" | ip -batch -
  ip route show proto "$PROTO" | while read -r to rest; do
    [ "$to" = "$SERVICES" ] || wanted_routes | grep -q "^$to " || ip route del "$to" proto "$PROTO"
  done
  # Without a route a host cannot even begin to send to a Service; kube-proxy's rules then turn the packet to a pod.
  case $PROVIDER in
    vxlan) ip route replace "$SERVICES" dev "$DEV" proto "$PROTO" ;;
    routes) ip route replace "$SERVICES" dev "$UNDERLAY" proto "$PROTO" ;;
  esac
}

case \${1:-} in
  up)
    [ "$PROVIDER" != vxlan ] || { device; neighbours; }
    [ "$PROVIDER" = vxlan ] || ip link del "$DEV" 2>/dev/null || true
    routes
    rules rule ;;
  down)
    ip route flush proto "$PROTO" 2>/dev/null || true
    ip link del "$DEV" 2>/dev/null || true
    rules unrule ;;
  *) echo "usage: $0 up|down" >&2; exit 64 ;;
esac
`;

/** How faults of the pod network and the runtime show in the lab: scripts that need no image. */
import type { LabCluster } from './fault.js';
import { kubectl } from './breaking.js';
import { raw, type Script, sh } from '../../shell/sh.js';

/** `in X`: runs in the network of a pod-like namespace X that the host's own CNI configuration plugs in. */
// The bridge plugin turns forwarding on for a gateway: the probe would cure what it shall show.
const plugs = sh`forward=/proc/sys/net/ipv4/ip_forward
f=$(ls /etc/cni/net.d/*.conf* | head -n 1)
field() { grep -o "\\"$1\\": *\\"[^\\"]*\\"" "$f" | head -n 1 | cut -d'"' -f4; }
dir=/usr/lib/cni; [ -x "$dir/bridge" ] || dir=/opt/cni/bin
conf='{"cniVersion":"0.4.0","name":"'$(field name)'","type":"bridge","bridge":"cni0","isGateway":true,
"hairpinMode":true,"ipam":{"type":"host-local","subnet":"'$(field subnet)'","routes":[{"dst":"0.0.0.0/0"}]}}'
cni() {
  export CNI_COMMAND=$1 CNI_CONTAINERID=kwprobe$2 CNI_NETNS=/run/netns/kwprobe$2 CNI_IFNAME=eth0 CNI_PATH=$dir
  printf %s "$conf" | "$dir/bridge"
}
unplug() { cni DEL "$1" >/dev/null 2>&1; ip netns del "kwprobe$1" 2>/dev/null; }
plug() {
  unplug "$1"; was=$(cat $forward); ip netns add "kwprobe$1" && cni ADD "$1"; ok=$?
  [ "$(cat $forward)" = "$was" ] || echo "$was" >$forward
  return $ok
}
within() { n=$1; shift; nsenter --net="/run/netns/kwprobe$n" "$@"; }`;

/** From a pod-like namespace on the host to another host: through this host's FORWARD chain. */
export const podPings = (target: string): Script => sh`${raw(plugs)}
plug a >/dev/null; within a ping -c 2 -W 1 ${target}; unplug a`;

/**
 * Two pods of one host and a service address between them, as kube-proxy would translate it: only bridged packets that
 * pass iptables come back.
 */
export const podCallsServiceNextDoor = sh`${raw(plugs)}
plug a >/dev/null; to=$(plug b | grep -o '"address": *"[^"/]*' | head -n 1 | cut -d'"' -f4)
iptables -w -t nat -I PREROUTING -d 198.51.100.7 -j DNAT --to-destination "$to"
within a ping -c 2 -W 1 198.51.100.7
iptables -w -t nat -D PREROUTING -d 198.51.100.7 -j DNAT --to-destination "$to"; unplug a; unplug b`;

const symptomPod = (node: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'kw-symptom', namespace: 'default' },
    spec: {
      nodeName: node,
      automountServiceAccountToken: false,
      tolerations: [{ operator: 'Exists' }],
      containers: [{ name: 'none', image: 'kubewizard.invalid/none:1', imagePullPolicy: 'Never' }],
    },
  });

/** Makes a pod on a node, waits, shows what became of it, and removes it. Its image is never pulled. */
export const podOn = (node: string): Script => sh`k='${raw(kubectl)}'
$k delete pod kw-symptom --ignore-not-found --grace-period=0 --force >/dev/null 2>&1
printf '%s\\n' ${symptomPod(node)} | $k create -f - >/dev/null
sleep 6; $k describe pod kw-symptom
$k delete pod kw-symptom --grace-period=0 --force >/dev/null 2>&1`;

export const otherThan = (lab: LabCluster, host: string): string =>
  lab.hosts.find(one => one.name !== host)?.address ?? '';

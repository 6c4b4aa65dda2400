import { logOf } from '../breaking.js';
import { addressOf, defineFault, firstControlPlane, type LabCluster } from '../fault.js';
import { askEtcd } from '../../../clinic/therapies/etcd.js';
import { etcdMemberMark } from '../../../blueprint/render/paths.js';
import { raw, sh } from '../../../shell/sh.js';

const members = (lab: LabCluster) =>
  lab.hosts.filter(host => host.roles.includes('etcd') || host.roles.includes('controlPlane'));
const last = (lab: LabCluster): string => members(lab).at(-1)?.name ?? firstControlPlane(lab);
const ended = sh`n=0; while pidof etcd >/dev/null; do n=$((n+1)); [ $n -lt 90 ] || exit 1; sleep 1; done`;

export default defineFault({
  case: 'etcd-cluster-id',
  variants: {
    // Before the others: their therapies give the member an id of its own, and with that etcd does not know itself
    // again when it founds anew.
    'already-bootstrapped': {
      on: last,
      built: 'kubewizard',
      needs: { controlPlanes: 3 },
      break: sh`systemctl stop etcd; rm -rf /var/lib/etcd/member ${etcdMemberMark}; systemctl start --no-block etcd`,
      symptom: { on: last, script: logOf('etcd'), expect: /has already been bootstrapped/, seconds: 60 },
    },
    // As a disk of its own that is not mounted, or was replaced.
    'data-missing': {
      on: last,
      built: 'kubewizard',
      needs: { controlPlanes: 3 },
      break: sh`systemctl stop etcd; rm -rf /var/lib/etcd/member; systemctl start --no-block etcd`,
      symptom: { on: last, script: logOf('etcd'), expect: /etcd is not started: its data are gone/, seconds: 60 },
    },
    'another-cluster': {
      on: last,
      needs: { controlPlanes: 3 },
      // As after a restore of one member from its backup alone: it founds a cluster of its own, and then runs as
      // before.
      break: (lab, host) => sh`m=/etc/kubernetes/manifests/etcd.yaml
edit() { sed -e '/^ *- --initial-cluster-state=/d' -e ${`s#--initial-cluster=[^ "\\\\]*#--initial-cluster=${host}=https://${addressOf(lab, host)}:2380#`} "$@"; }
if [ -f $m ]; then mv $m /root/etcd.yaml; ${raw(ended)}; rm -rf /var/lib/etcd/member; \
edit /root/etcd.yaml > /root/etcd.new && chmod 600 /root/etcd.new && mv /root/etcd.new $m; rm -f /root/etcd.yaml
else
  systemctl stop etcd; rm -rf /var/lib/etcd/member ${etcdMemberMark}; d=/run/systemd/system/etcd.service.d; mkdir -p $d
  { printf '[Service]\\nExecStart=\\n'; awk '/^ExecStart=/ { on = 1 } on { print; if ($0 !~ /\\\\$/) exit }' \
/etc/systemd/system/etcd.service | edit; } > $d/own.conf
  systemctl daemon-reload; systemctl start etcd; rm -rf $d; systemctl daemon-reload; systemctl restart etcd
fi`,
      symptom: { on: firstControlPlane, script: logOf('etcd'), expect: /cluster ID mismatch/, seconds: 120 },
    },
    'removed-member': {
      on: last,
      needs: { controlPlanes: 3 },
      break: (lab, host) => sh`${raw(askEtcd)}\nu=https://${addressOf(lab, firstControlPlane(lab))}:2379
id=$(ask $u cluster/member/list '{}' | tr '{' '\\n' | grep -F ${`"https://${addressOf(lab, host)}:2380"`} | \
sed -n 's/.*"ID":"\\([0-9]*\\)".*/\\1/p')
[ -z "$id" ] || ask $u cluster/member/remove "{\\"ID\\":\\"$id\\"}" | grep -q '"members"'`,
      symptom: { on: last, script: logOf('etcd'), expect: /permanently removed from the cluster/, seconds: 90 },
      also: ['not-highly-available/even-etcd'],
    },
    'data-lost': {
      on: last,
      needs: { controlPlanes: 3 },
      // As after a disk was replaced, and etcd started as a member that is there already: kubeadm's joined members
      // always are.
      break: sh`m=/etc/kubernetes/manifests/etcd.yaml
if [ -f $m ]; then mv $m /root/etcd.yaml; ${raw(ended)}; rm -rf /var/lib/etcd/member; mv /root/etcd.yaml $m
else
  systemctl stop etcd; rm -rf /var/lib/etcd/member ${etcdMemberMark}; d=/run/systemd/system/etcd.service.d; mkdir -p $d
  { printf '[Service]\\nExecStart=\\n'; awk '/^ExecStart=/ { on = 1 } on { print; if ($0 !~ /\\\\$/) exit }' \
/etc/systemd/system/etcd.service | sed 's#--initial-cluster-state=new#--initial-cluster-state=existing#'; } > $d/own.conf
  systemctl daemon-reload; systemctl start etcd || :; rm -rf $d; systemctl daemon-reload
fi`,
      symptom: { on: last, script: logOf('etcd'), expect: /tocommit\(\d+\) is out of range/, seconds: 90 },
    },
  },
  notes: 'already-bootstrapped needs --initial-cluster-state=new, which kubeadm’s joined members have not.',
});

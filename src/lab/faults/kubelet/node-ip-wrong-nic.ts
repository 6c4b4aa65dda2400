import { defineFault, firstControlPlane, firstWorker, type LabCluster } from '../fault.js';
import { kubectl, logOf } from '../breaking.js';
import { raw, type Script, sh } from '../../../shell/sh.js';

const say = (
  address: string,
): Script => sh`sed -i ${`s/--node-ip=[0-9.]*/--node-ip=${address}/`} /etc/systemd/system/kubelet.service \
/var/lib/kubelet/kubeadm-flags.env 2>/dev/null
systemctl daemon-reload; systemctl restart kubelet`;
/** As a machine of Vagrant: its first link is the same 10.0.2.15 everywhere. The lab's kernel has no dummy links. */
const told = sh`ip link show kwnat >/dev/null 2>&1 || ip link add kwnat type bridge || exit 1
ip addr replace 10.0.2.15/24 dev kwnat; ip link set kwnat up
${raw(say('10.0.2.15'))}`;
const lastTwo = (lab: LabCluster): readonly string[] => lab.hosts.slice(-2).map(host => host.name);

export default defineFault({
  case: 'node-ip-wrong-nic',
  variants: {
    'other-interface': {
      on: firstWorker,
      break: told,
      symptom: {
        on: firstControlPlane,
        script: lab =>
          sh`${raw(kubectl)} get --raw /api/v1/nodes/${firstWorker(lab)}/proxy/healthz; \
${raw(kubectl)} get nodes -o wide`,
        expect: /10\.0\.2\.15/,
        seconds: 60,
      },
    },
    duplicate: {
      on: lastTwo,
      needs: { hosts: 2 },
      break: told,
      symptom: {
        on: firstControlPlane,
        script: sh`${raw(kubectl)} get nodes -o wide | grep -c 10.0.2.15`,
        expect: /[2-9]/,
        seconds: 60,
      },
    },
    'not-on-host': {
      on: firstWorker,
      break: say('192.0.2.77'),
      symptom: {
        script: logOf('kubelet'),
        expect: /node IP: "192\.0\.2\.77" not found in the host's network interfaces/,
        seconds: 60,
      },
    },
  },
});

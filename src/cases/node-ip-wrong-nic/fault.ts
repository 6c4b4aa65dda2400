import { defineFault, firstControlPlane, firstWorker, type LabCluster } from '../../clinic/fault.js';
import { kubectl } from '../../clinic/breaking.js';

/** As a machine of Vagrant: its first link is the same 10.0.2.15 everywhere. */
const told = `ip link add kwnat type dummy 2>/dev/null; ip addr replace 10.0.2.15/24 dev kwnat; ip link set kwnat up
sed -i 's/--node-ip=[0-9.]*/--node-ip=10.0.2.15/' /etc/systemd/system/kubelet.service /var/lib/kubelet/kubeadm-flags.env 2>/dev/null
systemctl daemon-reload; systemctl restart kubelet`;
const lastTwo = (lab: LabCluster): readonly string[] => lab.hosts.slice(-2).map(host => host.name);

export default defineFault({
  case: 'node-ip-wrong-nic',
  variants: {
    'other-interface': {
      on: firstWorker, break: told,
      symptom: { on: firstControlPlane, script: lab => `${kubectl} get --raw /api/v1/nodes/${firstWorker(lab)}/proxy/healthz; ${kubectl} get nodes -o wide`, expect: /10\.0\.2\.15/, seconds: 60 },
    },
    duplicate: {
      on: lastTwo, needs: { hosts: 2 }, break: told,
      symptom: { on: firstControlPlane, script: `${kubectl} get nodes -o wide | grep -c 10.0.2.15`, expect: /[2-9]/, seconds: 60 },
    },
  },
  notes: 'not-on-host: a kubelet refuses a --node-ip that it does not have; it comes about when an address is taken away later. Fixtures.',
});

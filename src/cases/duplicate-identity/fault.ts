import { defineFault, firstControlPlane, firstWorker, type LabCluster } from '../../clinic/fault.js';

const lastHost = (lab: LabCluster): string => lab.hosts.at(-1)?.name ?? firstWorker(lab);
const kubectl = 'kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=10s';

export default defineFault({
  case: 'duplicate-identity',
  variants: {
    'machine-id': {
      on: lab => lab.hosts.map(host => host.name).filter(name => name === firstWorker(lab) || name === lastHost(lab)),
      break: 'chmod u+w /etc/machine-id; echo 0123456789abcdef0123456789abcdef > /etc/machine-id; systemctl restart kubelet',
      symptom: { on: firstControlPlane, script: `${kubectl} get nodes -o jsonpath='{range .items[*]}{.status.nodeInfo.machineID}{"\\n"}{end}' | sort | uniq -d`, expect: /0123456789abcdef0123456789abcdef/, seconds: 60 },
    },
  },
  notes: 'The finding is on the second of the two hosts; a lab with a single worker cannot show it. node-name would make one kubelet act with the other’s certificate, and mac would cut the lab’s bridge: fixtures stand for both.',
});

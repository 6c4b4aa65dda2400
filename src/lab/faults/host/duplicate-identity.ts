import { defineFault, firstControlPlane, type LabCluster } from '../fault.js';
import { raw, sh } from '../../../shell/sh.js';

const lastTwo = (lab: LabCluster): readonly string[] => lab.hosts.slice(-2).map(host => host.name);
const kubectl = sh`kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=10s`;

export default defineFault({
  case: 'duplicate-identity',
  variants: {
    'machine-id': {
      needs: { hosts: 2 },
      on: lastTwo,
      break: sh`chmod u+w /etc/machine-id; echo 0123456789abcdef0123456789abcdef > /etc/machine-id; \
systemctl restart kubelet`,
      symptom: {
        on: firstControlPlane,
        script: sh`${raw(kubectl)} get nodes \
-o jsonpath='{range .items[*]}{.status.nodeInfo.machineID}{"\\n"}{end}' | sort | uniq -d`,
        expect: /0123456789abcdef0123456789abcdef/,
        seconds: 60,
      },
    },
  },
  notes:
    'The finding is on the second of the two hosts. node-name would make one kubelet act with the other’s ' +
    'certificate, and mac would cut the lab’s bridge: fixtures stand for both.',
});

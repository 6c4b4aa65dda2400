import { addressOf, defineFault, firstControlPlane, type LabCluster } from '../fault.js';
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
    address: {
      needs: { hosts: 2 },
      on: lab => lastTwo(lab)[0] ?? '',
      // The lab's kernel has no dummy links.
      break: lab => sh`ip link show kwnat >/dev/null 2>&1 || ip link add kwnat type bridge || exit 1
ip link set kwnat up; ip addr add ${`${addressOf(lab, lastTwo(lab)[1] ?? '')}/32`} dev kwnat`,
      symptom: {
        script: lab => sh`ip route get ${addressOf(lab, lastTwo(lab)[1] ?? '')}`,
        expect: /^local /m,
        seconds: 20,
      },
      tidy: sh`ip link del kwnat`,
    },
  },
  notes:
    'The finding on a machine-id is on the second of the two hosts; an address is refused by design. node-name ' +
    'would make one kubelet act with the other’s certificate, and mac would cut the lab’s bridge: fixtures stand ' +
    'for both.',
});

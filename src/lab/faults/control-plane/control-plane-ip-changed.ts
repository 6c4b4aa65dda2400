import { logOf, setFlag } from '../breaking.js';
import { defineFault, firstControlPlane, type LabCluster } from '../fault.js';
import { sh } from '../../../shell/sh.js';

/** An address of the lab's network that no host has. */
const gone = (lab: LabCluster): string => (lab.hosts[0]?.address ?? sh`10.99.0.11`).replace(/\.\d+$/, '.199');

export default defineFault({
  case: 'control-plane-ip-changed',
  variants: {
    etcd: {
      on: firstControlPlane,
      needs: { controlPlanes: 3 },
      break: lab => setFlag('etcd', 'listen-peer-urls', `https://${gone(lab)}:2380`),
      symptom: { script: logOf('etcd'), expect: /cannot assign requested address/, seconds: 90 },
    },
    apiserver: {
      on: firstControlPlane,
      needs: { controlPlanes: 3 },
      break: lab => setFlag('kube-apiserver', 'advertise-address', gone(lab)),
      symptom: {
        script: sh`kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=10s get \
endpoints kubernetes -o yaml`,
        expect: /ip: \S+\.199\b/,
        seconds: 120,
      },
    },
  },
  notes: 'node: a kubelet with a foreign --node-ip does not register, which is the same predicate; fixtures cover it.',
});

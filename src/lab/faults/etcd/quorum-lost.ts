import { defineFault, firstControlPlane, type LabCluster } from '../fault.js';
import { sh } from '../../../shell/sh.js';

const others = (lab: LabCluster): readonly string[] =>
  lab.hosts
    .filter(host => host.roles.includes('etcd') || host.roles.includes('controlPlane'))
    .slice(1)
    .map(host => host.name);

export default defineFault({
  case: 'quorum-lost',
  variants: {
    'members-stopped': {
      on: others,
      needs: { controlPlanes: 3 },
      // Where the kubelet would start it again, the kubelet stops too: as after a failed upgrade of the host.
      break: sh`if [ -f /etc/kubernetes/manifests/etcd.yaml ]; then systemctl stop kubelet; p=$(pidof etcd) && \
kill $p; else systemctl stop etcd; fi
n=0; while pidof etcd >/dev/null; do n=$((n+1)); [ $n -lt 30 ] || exit 1; sleep 1; done`,
      symptom: {
        on: firstControlPlane,
        seconds: 60,
        expect: /request timed out|no leader|\[-\]etcd failed|Timeout|deadline exceeded/,
        script: sh`kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=10s get --raw /readyz`,
      },
    },
  },
  notes: 'members-gone and no-leader are cured by persons; fixtures stand for them.',
});

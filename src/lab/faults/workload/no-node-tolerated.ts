import { defineFault, firstControlPlane } from '../fault.js';
import { sh } from '../../../shell/sh.js';

const taint = 'node-role.kubernetes.io/control-plane';

export default defineFault({
  case: 'no-node-tolerated',
  variants: {
    'only-control-planes': {
      on: firstControlPlane,
      break: sh`export KUBECONFIG=/etc/kubernetes/admin.conf
kubectl taint nodes --all --overwrite ${`${taint}=:NoSchedule`} && kubectl run kw-waits --image=waits --restart=Never`,
      symptom: {
        script: sh`kubectl --kubeconfig /etc/kubernetes/admin.conf describe pod kw-waits`,
        expect: /taint \{node-role\.kubernetes\.io\/control-plane|had untolerated taint\(s\)/,
        seconds: 60,
      },
      // Its therapy is refused by design.
      tidy: sh`export KUBECONFIG=/etc/kubernetes/admin.conf
kubectl delete pod kw-waits --now; kubectl taint nodes --all ${`${taint}-`}; true`,
    },
  },
  notes: 'old-toleration is covered by a fixture: its DaemonSet would be one that somebody else installed.',
});

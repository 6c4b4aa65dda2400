import { raw, sh } from '../../../shell/sh.js';
import { kubectl } from '../breaking.js';
import { defineFault, firstControlPlane } from '../fault.js';

export default defineFault({
  case: 'upgrade-health-check',
  variants: {
    'no-node': {
      on: firstControlPlane,
      break: sh`export KUBECONFIG=/etc/kubernetes/admin.conf
kubectl cordon -l kubernetes.io/os=linux && kubectl -n kube-system create job upgrade-health-check-kw --image=waits`,
      symptom: {
        script: sh`${raw(kubectl)} -n kube-system describe pods -l job-name=upgrade-health-check-kw`,
        expect: /node\(s\) were unschedulable|unschedulable: \}/,
        seconds: 60,
      },
      // Its therapy is refused by design.
      tidy: sh`export KUBECONFIG=/etc/kubernetes/admin.conf
kubectl -n kube-system delete job upgrade-health-check-kw --ignore-not-found
kubectl uncordon -l kubernetes.io/os=linux`,
    },
  },
  notes: 'image is covered by a fixture: the pod would have to be kubeadm’s own.',
});

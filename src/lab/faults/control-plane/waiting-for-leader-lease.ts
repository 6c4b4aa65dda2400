import { defineFault, firstControlPlane, type LabCluster } from '../fault.js';
import { raw, sh } from '../../../shell/sh.js';

const controlPlanes = (lab: LabCluster): readonly string[] =>
  lab.hosts.filter(host => host.roles.includes('controlPlane')).map(host => host.name);
const lease = sh`kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=10s -n kube-system get lease \
kube-scheduler -o jsonpath='{.spec.renewTime}'`;

export default defineFault({
  case: 'waiting-for-leader-lease',
  variants: {
    nobody: {
      on: controlPlanes,
      break: sh`f=/etc/kubernetes/manifests/kube-scheduler.yaml
if [ -e "$f" ]; then rm -f "$f"; else systemctl stop kube-scheduler; fi`,
      settle: { script: sh`[ $(($(date +%s) - $(date -d "$(${raw(lease)})" +%s))) -gt 90 ]`, seconds: 180 },
      symptom: {
        on: firstControlPlane,
        script: sh`t=$(${raw(lease)}); echo "renewed $(( ($(date +%s) - $(date -d "$t" +%s)) > 20 )) at $t"`,
        expect: /renewed 1 at/,
        seconds: 120,
      },
      also: ['not-highly-available'],
    },
  },
  notes:
    'holder-dead is what a component that hangs leaves behind: it needs a process that is stopped while others ' +
    'cannot write; fixtures stand for it. On clusters of kubeadm the therapy is refused: the manifest is gone.',
});

import { defineFault, firstControlPlane, firstWorker } from '../fault.js';
import { raw, sh } from '../../../shell/sh.js';

const kubectl = sh`kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=10s`;
const key = 'node.cloudprovider.kubernetes.io/uninitialized';

export default defineFault({
  case: 'cloud-uninitialized',
  variants: {
    leftover: {
      on: firstControlPlane,
      break: lab => sh`${raw(kubectl)} taint node ${firstWorker(lab)} ${key}=true:NoSchedule --overwrite`,
      symptom: {
        script: lab => sh`${raw(kubectl)} describe node ${firstWorker(lab)}`,
        expect: /Taints:\s+node\.cloudprovider\.kubernetes\.io\/uninitialized/,
        seconds: 20,
      },
    },
    'no-controller': {
      // On every node, as a person sets it: a single one would be the case cloud-provider-wrong/differs.
      on: lab => lab.hosts.map(host => host.name),
      break: (lab, host) => sh`set -e
f=/var/lib/kubelet/kubeadm-flags.env
if [ -e "$f" ]; then grep -q cloud-provider "$f" || sed -i 's#^KUBELET_KUBEADM_ARGS="#&--cloud-provider=external #' "$f"
else f=/etc/systemd/system/kubelet.service; grep -q cloud-provider "$f" || \
sed -i 's#^ExecStart=[^ ]*kubelet#& --cloud-provider=external#' "$f"; fi
systemctl daemon-reload; systemctl restart kubelet${raw(
        host === firstControlPlane(lab)
          ? sh`\n${raw(kubectl)} taint \
node ${host} ${key}=true:NoSchedule --overwrite`
          : sh``,
      )}`,
      symptom: {
        on: firstControlPlane,
        script: lab => sh`${raw(kubectl)} describe node ${firstControlPlane(lab)}`,
        expect: /node\.cloudprovider\.kubernetes\.io\/uninitialized/,
        seconds: 20,
      },
    },
  },
  notes:
    'The kubelet taints a node only when it registers it: the taint is set by hand as it would. kept-away needs ' +
    'the controller of a cloud.',
});

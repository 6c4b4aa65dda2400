import { defineFault, firstControlPlane, type LabCluster } from '../fault.js';
import { sh } from '../../../shell/sh.js';
import { pattern } from '../../../model/pattern.js';

const addressOf = (lab: LabCluster, name: string): string =>
  lab.hosts.find(host => host.name === name)?.address ?? name;
// A kubelet that gives up prints a hundred lines of stacks after its last word.
const journal = sh`journalctl -u kubelet --since=-100s -n 1000 --no-pager`;

export default defineFault({
  case: 'bootstrap-waits-for-itself',
  variants: {
    'static-pods': {
      on: firstControlPlane,
      built: 'kubeadm',
      // A bootstrap without rotation, on the host whose own API server it asks; the server's container ends at once
      // (one that is asked to end still answers for a minute) with nobody to start it again.
      break: (lab, host) => sh`set -e
kubeadm token create abcdef.0123456789abcdef --ttl 2h >/dev/null 2>&1 || kubeadm token list | grep -q '^abcdef.'
systemctl stop kubelet
sed -i '/^rotateCertificates:/d' /var/lib/kubelet/config.yaml
echo 'rotateCertificates: false' >> /var/lib/kubelet/config.yaml
b=/etc/kubernetes/bootstrap-kubelet.conf
kubectl config --kubeconfig $b set-cluster kubernetes --server=https://${addressOf(lab, host)}:6443 \
--certificate-authority=/etc/kubernetes/pki/ca.crt --embed-certs=true
kubectl config --kubeconfig $b set-credentials bootstrap --token=abcdef.0123456789abcdef
kubectl config --kubeconfig $b set-context bootstrap --cluster=kubernetes --user=bootstrap
kubectl config --kubeconfig $b use-context bootstrap
chmod 600 $b
rm -f /etc/kubernetes/kubelet.conf /var/lib/kubelet/pki/kubelet-client-*
p=$(pidof kube-apiserver) && kill -9 $p
systemctl start --no-block kubelet`,
      symptom: {
        script: journal,
        expect: /cannot create certificate signing request|Error waiting for apiserver to come up/,
        seconds: 150,
      },
    },
    'run-once': {
      on: firstControlPlane,
      built: 'kubeadm',
      break: sh`set -e
sed -i '/^runOnce:/d' /var/lib/kubelet/config.yaml
echo 'runOnce: true' >> /var/lib/kubelet/config.yaml
systemctl restart --no-block kubelet`,
      symptom: {
        script: journal,
        expect: pattern(
          /Started kubelet as runonce|runonce failed|Runonce mode has been deprecated/,
          /|kubelet\.service: (Succeeded|Deactivated successfully|Scheduled restart job)/,
        ),
        seconds: 90,
      },
    },
  },
  notes:
    'Only where static pods are: a kubelet of a cluster that Kubewizard built has its certificate before it ' +
    'starts. The page says why rotateCertificates decides.',
});

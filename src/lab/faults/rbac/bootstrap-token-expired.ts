import { kubectl, setFlag } from '../breaking.js';
import { defineFault, firstControlPlane, firstWorker } from '../fault.js';
import { raw, sh } from '../../../shell/sh.js';

const first = '/etc/kubernetes/bootstrap-kubelet.conf';

export default defineFault({
  case: 'bootstrap-token-expired',
  variants: {
    expired: {
      // kubeadm's first token lives for a day: as long as it does, the host joins again.
      on: lab => [firstControlPlane(lab), firstWorker(lab)],
      break: (lab, host) =>
        host !== firstWorker(lab)
          ? sh`${raw(kubectl)} -n kube-system delete secrets --field-selector type=bootstrap.kubernetes.io/token`
          : sh`set -e
systemctl stop kubelet.service
umask 077
[ ! -f /etc/kubernetes/kubelet.conf ] || \
sed -e '/client-key/d' -e 's#client-certificate.*#token: abcdef.0123456789abcdef#' \
/etc/kubernetes/kubelet.conf > ${first}
rm -f /etc/kubernetes/kubelet.conf /var/lib/kubelet/pki/kubelet-client-*
if ! grep -rqs -e bootstrap-kubeconfig /etc/systemd/system/kubelet.service /etc/systemd/system/kubelet.service.d \
/usr/lib/systemd/system/kubelet.service.d /lib/systemd/system/kubelet.service.d; then
${raw(setFlag('kubelet', 'bootstrap-kubeconfig', first))}
fi
systemctl restart --no-block kubelet.service`,
      symptom: {
        on: firstWorker,
        script: sh`journalctl -q --no-pager -o cat -u kubelet.service --since=-60s`,
        expect: /Unauthorized/,
        seconds: 60,
      },
      settle: { script: sh`sleep 1`, seconds: 10 },
    },
    'signer-off': {
      on: firstControlPlane,
      break: sh`set -e
${raw(kubectl)} -n kube-system create secret generic bootstrap-token-fedcba --type bootstrap.kubernetes.io/token \
--from-literal=token-id=fedcba --from-literal=token-secret=0123456789abcdef \
--from-literal=usage-bootstrap-signing=true --from-literal=usage-bootstrap-authentication=true \
--from-literal="expiration=$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)" --dry-run=client -o yaml | \
${raw(kubectl)} apply -f -
${raw(setFlag('kube-controller-manager', 'controllers', '*'))}`,
      symptom: {
        script: sh`pgrep -a kube-controller || ps -eo args | grep "[k]ube-controller-manager"`,
        expect: /--controllers=\*( |$)/m,
        seconds: 90,
      },
    },
  },
  notes: 'signer-off: cluster-info stays signed as long as another controller manager leads.',
});

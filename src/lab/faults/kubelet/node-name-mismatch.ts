import { defineFault, firstWorker } from '../fault.js';
import { sh } from '../../../shell/sh.js';
import { pattern } from '../../../model/pattern.js';

export default defineFault({
  case: 'node-name-mismatch',
  variants: {
    override: {
      on: firstWorker,
      break: sh`set -e
f=/var/lib/kubelet/kubeadm-flags.env
if [ -e "$f" ]; then grep -q hostname-override "$f" || \
sed -i 's#^KUBELET_KUBEADM_ARGS="#&--hostname-override=kw-other #' "$f"; \
sed -i 's#--hostname-override=[^ "]*#--hostname-override=kw-other#' "$f"
else sed -i 's#--hostname-override=[^ ]*#--hostname-override=kw-other#' /etc/systemd/system/kubelet.service; fi
systemctl daemon-reload; systemctl restart kubelet`,
      symptom: {
        on: firstWorker,
        script: sh`journalctl -u kubelet --since=-60s -o cat --no-pager`,
        expect: pattern(
          /Unable to register node .*nodes "kw-other" is forbidden: node "[^"]+" is /,
          /not allowed to modify node "kw-other"/,
        ),
        seconds: 60,
      },
      also: ['node-not-ready-cni'],
    },
    hostname: {
      on: firstWorker,
      built: 'kubeadm',
      // kubeadm wrote the override as the lab gave it a name; most hosts have none.
      break: sh`sed -i "s# *--hostname-override=[^ \\"]*##" /var/lib/kubelet/kubeadm-flags.env
hostname kw-renamed; echo kw-renamed > /etc/hostname; systemctl restart kubelet`,
      symptom: {
        on: firstWorker,
        script: sh`journalctl -u kubelet --since=-60s -o cat --no-pager`,
        expect: /node "[^"]+" is not allowed to modify node "kw-renamed"/,
        seconds: 60,
      },
      also: ['node-not-ready-cni'],
    },
  },
  notes:
    'After `hostname` the host keeps its new name; only the kubelet takes the old one again. kubeadm 1.20 may ' +
    'have written --hostname-override into kubeadm-flags.env where the name given to it was not the host’s.',
});

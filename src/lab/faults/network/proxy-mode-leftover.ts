import { defineFault, firstWorker } from '../fault.js';
import { sh } from '../../../shell/sh.js';

export default defineFault({
  case: 'proxy-mode-leftover',
  variants: {
    'ipvs-link': {
      on: firstWorker,
      built: 'kubewizard',
      // A bridge stands in for the dummy link, which the lab's kernel may not have; the address is that of no Service.
      break: sh`ip link add kube-ipvs0 type dummy 2>/dev/null || ip link add kube-ipvs0 type bridge
ip address replace 10.96.77.77/32 dev kube-ipvs0`,
      symptom: { script: sh`ip route get 10.96.77.77`, expect: /local 10\.96\.77\.77/ },
    },
    'nft-table': {
      on: firstWorker,
      built: 'kubewizard',
      break: sh`nft add table ip kube-proxy && nft add chain ip kube-proxy services`,
      symptom: { script: sh`nft list tables`, expect: /table ip kube-proxy/ },
    },
  },
  notes:
    'iptables-chains needs mode nftables (1.29), which the lab’s cluster of 1.20 does not have: fixture. ' +
    'kubeadm’s cluster of the lab runs no kube-proxy.',
});

import { defineFault, firstWorker } from '../fault.js';
import { sh } from '../../../shell/sh.js';

export default defineFault({
  case: 'iptables-mixed',
  variants: {
    both: {
      on: firstWorker,
      // As a kube-proxy left them that ran in an image with legacy iptables; the address is of documentation, nobody is
      // misled.
      break: sh`set -e
iptables-legacy -w -t nat -N KUBE-SERVICES 2>/dev/null || exit 0
iptables-legacy -w -t nat -A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
iptables-legacy -w -t nat -A KUBE-SERVICES -d 198.51.100.9/32 -p tcp --dport 443 -j DNAT \
--to-destination 198.51.100.10:6443`,
      // The warning stays as long as the kernel has the tables, also when they are empty.
      symptom: {
        script: sh`iptables -w -S 2>&1; iptables-legacy-save 2>/dev/null`,
        expect: /iptables-legacy tables present[\s\S]*-A KUBE-SERVICES -d 198\.51\.100\.9/,
      },
    },
  },
  notes: 'split needs a network provider with an image of its own: fixtures.',
});

import { kubectl } from '../breaking.js';
import { defineFault, firstControlPlane, firstWorker } from '../fault.js';
import { raw, sh } from '../../../shell/sh.js';

const config = '/var/lib/kubelet/config.yaml';

export default defineFault({
  case: 'disk-pressure',
  variants: {
    threshold: {
      on: firstWorker,
      break: sh`set -e
grep -q '^evictionHard:' ${config} || printf 'evictionHard:\\n  nodefs.available: "10%%"\\n' >> ${config}
sed -i 's/^\\( *nodefs.available:\\).*/\\1 "99%"/' ${config}
systemctl restart kubelet`,
      symptom: {
        on: firstControlPlane,
        script: lab =>
          sh`${raw(kubectl)} get node ${firstWorker(lab)} \
-o jsonpath='{.status.conditions[?(@.type=="DiskPressure")].status} {.spec.taints[*].key}'`,
        expect: /True|disk-pressure/,
        seconds: 120,
      },
    },
  },
  notes:
    'All hosts of a lab share one disk: it cannot be filled for one of them. The threshold brings the same ' +
    'condition about; space, inodes and images are fixtures. After the therapy the condition stays for five ' +
    'minutes (evictionPressureTransitionPeriod).',
});

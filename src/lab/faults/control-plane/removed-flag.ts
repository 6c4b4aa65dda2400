import { defineFault, firstControlPlane, firstWorker } from '../fault.js';
import { logOf, setFlag } from '../breaking.js';

export default defineFault({
  case: 'removed-flag',
  variants: {
    // 1.20.2 does not know it yet; the scheduler's sisters on the other hosts do the work meanwhile.
    'not-yet': {
      on: firstControlPlane,
      break: setFlag('kube-scheduler', 'pod-max-in-unschedulable-pods-duration', '5m'),
      symptom: {
        script: logOf('kube-scheduler', 1000),
        expect: /unknown flag: --pod-max-in-unschedulable-pods-duration/,
        seconds: 60,
      },
    },
    unknown: {
      on: firstWorker,
      built: 'kubewizard',
      break: setFlag('kubelet', 'allow-privileged', 'true'),
      symptom: { script: logOf('kubelet'), expect: /unknown flag: --allow-privileged/, seconds: 60 },
    },
  },
  notes:
    'removed: the lab’s 1.20.2 is the oldest version of the catalogue, nothing is gone there yet; fixtures. ' +
    '--allow-privileged left the kubelet in 1.15: unknown to the catalogue, and the kubelet says so itself.',
});

import { defineFault, firstControlPlane, firstWorker } from '../fault.js';
import { logOf, setFlag } from '../breaking.js';

export default defineFault({
  case: 'removed-flag',
  variants: {
    // The scheduler's sisters on the other hosts do the work meanwhile.
    'not-yet': {
      on: firstControlPlane,
      minors: { to: 22 },
      break: setFlag('kube-scheduler', 'pod-max-in-unschedulable-pods-duration', '5m'),
      symptom: {
        script: logOf('kube-scheduler', 1000),
        expect: /unknown flag: --pod-max-in-unschedulable-pods-duration/,
        seconds: 60,
      },
    },
    removed: {
      on: firstControlPlane,
      minors: { from: 24 },
      // As clusters of kubeadm had it for years.
      break: setFlag('kube-scheduler', 'port', '0'),
      symptom: { script: logOf('kube-scheduler', 1000), expect: /unknown flag: --port/, seconds: 60 },
    },
    unknown: {
      on: firstWorker,
      built: 'kubewizard',
      break: setFlag('kubelet', 'allow-privileged', 'true'),
      symptom: { script: logOf('kubelet'), expect: /unknown flag: --allow-privileged/, seconds: 60 },
    },
  },
  notes:
    'In 1.20.2, the oldest version of the catalogue, nothing is gone yet, and the newest knows what came later. ' +
    '--allow-privileged left the kubelet in 1.15: unknown to the catalogue, and the kubelet says so itself.',
});

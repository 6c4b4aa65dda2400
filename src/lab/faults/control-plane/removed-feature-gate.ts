import { logOf, setFlag } from '../breaking.js';
import { defineFault, firstControlPlane } from '../fault.js';

export default defineFault({
  case: 'removed-feature-gate',
  variants: {
    // 1.20.2 does not know it yet; the scheduler's sisters on the other hosts do the work meanwhile.
    unknown: {
      on: firstControlPlane,
      break: setFlag('kube-scheduler', 'feature-gates', 'UserNamespacesSupport=true'),
      symptom: {
        script: logOf('kube-scheduler', 1000),
        expect: /unrecognized feature gate: UserNamespacesSupport/,
        seconds: 60,
      },
    },
    locked: {
      on: firstControlPlane,
      break: setFlag('kube-controller-manager', 'feature-gates', 'WatchBookmark=false'),
      symptom: {
        script: logOf('kube-controller-manager', 1000),
        expect: /cannot set feature gate WatchBookmark to false, feature is locked to true/,
        seconds: 60,
      },
    },
  },
});

import { logOf, setFlag } from '../breaking.js';
import { defineFault, firstControlPlane, isFrom } from '../fault.js';

export default defineFault({
  case: 'removed-feature-gate',
  variants: {
    // Old minors do not know the one yet, new ones the other no more; the scheduler's sisters do the work meanwhile.
    unknown: {
      on: firstControlPlane,
      break: lab =>
        setFlag(
          'kube-scheduler',
          'feature-gates',
          `${isFrom(lab, 33) ? 'WatchBookmark' : 'UserNamespacesSupport'}=true`,
        ),
      symptom: {
        script: logOf('kube-scheduler', 1000),
        expect: /unrecognized feature gate: (UserNamespacesSupport|WatchBookmark)/,
        seconds: 60,
      },
    },
    locked: {
      on: firstControlPlane,
      break: lab =>
        setFlag('kube-controller-manager', 'feature-gates', `${isFrom(lab, 33) ? 'NodeSwap' : 'WatchBookmark'}=false`),
      symptom: {
        script: logOf('kube-controller-manager', 1000),
        expect: /cannot set feature gate (NodeSwap|WatchBookmark) to false, feature is locked to true/,
        seconds: 60,
      },
    },
  },
});

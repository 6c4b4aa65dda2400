import { sh } from '../../../shell/sh.js';
import { setFlag } from '../breaking.js';
import { defineFault, firstControlPlane } from '../fault.js';

export default defineFault({
  case: 'needed-part-switched-off',
  variants: {
    flag: {
      on: firstControlPlane,
      break: setFlag('kube-controller-manager', 'controllers', '*,-replicaset'),
      symptom: {
        script: sh`tr '\\000' '\\n' </proc/$(pidof -s kube-controller-manager)/cmdline | grep -e --controllers=`,
        expect: /-replicaset/,
        seconds: 90,
      },
    },
  },
});

import { sh } from '../../../shell/sh.js';
import { setFlag } from '../breaking.js';
import { defineFault, firstControlPlane } from '../fault.js';

export default defineFault({
  case: 'needed-part-switched-off',
  variants: {
    flag: {
      on: firstControlPlane,
      // With all that builders switch on by the same flag: without the signer of tokens it would be two illnesses.
      break: setFlag('kube-controller-manager', 'controllers', '*,bootstrapsigner,tokencleaner,-replicaset'),
      symptom: {
        script: sh`tr '\\000' '\\n' </proc/$(pidof -s kube-controller-manager)/cmdline | grep -e --controllers=`,
        expect: /-replicaset/,
        seconds: 90,
      },
    },
  },
});

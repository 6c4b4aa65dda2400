import { setFlag } from '../breaking.js';
import { defineFault, firstControlPlane } from '../fault.js';
import { sh } from '../../../shell/sh.js';

export default defineFault({
  case: 'control-planes-differ',
  variants: {
    flag: {
      on: firstControlPlane,
      break: setFlag('kube-apiserver', 'etcd-prefix', '/other'),
      symptom: {
        script: sh`tr '\\000' '\\n' </proc/$(pidof -s kube-apiserver)/cmdline | grep -e --etcd-prefix=`,
        expect: /=\/other/,
        seconds: 90,
      },
    },
  },
});

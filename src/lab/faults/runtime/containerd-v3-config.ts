import { defineFault, firstControlPlane, firstWorker } from '../fault.js';
import { podOn } from '../breaking-pods.js';
import { sh } from '../../../shell/sh.js';

export default defineFault({
  case: 'containerd-v3-config',
  variants: {
    'version-missing': {
      on: firstWorker,
      break: sh`sed -i '/^version *=/d' /etc/containerd/config.toml; systemctl restart containerd`,
      symptom: {
        on: firstControlPlane,
        script: lab => podOn(firstWorker(lab)),
        expect: /failed to (get sandbox image|find plugin)|can't get final child/,
        seconds: 60,
      },
    },
  },
  notes:
    'old-names needs containerd 2, which the lab’s Debian does not have: fixtures. Consequences (sandbox-image, ' +
    'node-not-ready-cni/plugin-folder) hang below it.',
});

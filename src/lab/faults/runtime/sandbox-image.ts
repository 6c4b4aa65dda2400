import { defineFault, firstControlPlane, firstWorker, type LabCluster } from '../fault.js';
import { podOn } from '../breaking-pods.js';
import { sh } from '../../../shell/sh.js';

const symptom = {
  on: firstControlPlane,
  script: (lab: LabCluster) => podOn(firstWorker(lab)),
  expect: /failed to get sandbox image "/,
  seconds: 90,
};

export default defineFault({
  case: 'sandbox-image',
  variants: {
    'other-tag': {
      on: firstWorker,
      break: sh`sed -i 's#^\\( *sandbox\\(_image\\)\\{0,1\\} = \\).*#\\1"kubewizard.invalid/pause:9.9"#' \
/etc/containerd/config.toml; systemctl restart containerd`,
      symptom,
    },
    absent: {
      on: firstWorker,
      built: 'kubewizard',
      break: sh`ctr -n k8s.io images ls -q | grep -e "pause:" | xargs -r ctr -n k8s.io images rm`,
      symptom,
    },
  },
  notes: 'absent on kubeadm’s cluster: its therapy is advice; fixtures.',
});

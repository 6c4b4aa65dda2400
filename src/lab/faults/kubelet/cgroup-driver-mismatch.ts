import { defineFault, firstControlPlane, firstWorker } from '../fault.js';
import { podOn } from '../breaking-pods.js';
import { sh } from '../../../shell/sh.js';

export default defineFault({
  case: 'cgroup-driver-mismatch',
  variants: {
    containerd: {
      on: firstWorker,
      break: sh`sed -i 's/SystemdCgroup = false/SystemdCgroup = true/' /etc/containerd/config.toml; \
grep -q 'SystemdCgroup = true' /etc/containerd/config.toml && systemctl restart containerd`,
      symptom: {
        on: firstControlPlane,
        script: lab => podOn(firstWorker(lab)),
        expect: /expected cgroupsPath to be of format/,
        seconds: 60,
      },
    },
  },
  notes: 'The lab’s kubelets use cgroupfs (cgroup v1). docker: a kubelet on Docker is not a cluster of ours; fixtures.',
});

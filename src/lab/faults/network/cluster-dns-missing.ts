import { defineFault, firstControlPlane } from '../fault.js';
import { podOn } from '../breaking-pods.js';
import { raw, sh } from '../../../shell/sh.js';

const config = '/var/lib/kubelet/config.yaml';

export default defineFault({
  case: 'cluster-dns-missing',
  variants: {
    unset: {
      on: firstControlPlane,
      built: 'kubewizard',
      break: sh`sed -i '/^clusterDNS:/,/^ *- /d' ${config}; systemctl restart kubelet`,
      symptom: { script: lab => podOn(firstControlPlane(lab)), expect: /MissingClusterDNS/, seconds: 60 },
    },
    wrong: {
      on: firstControlPlane,
      built: 'kubewizard',
      break: sh`sed -i '/^clusterDNS:/{n;s/- .*/- 10.96.0.99/}' ${config}; systemctl restart kubelet`,
      symptom: {
        script: lab =>
          sh`${raw(podOn(firstControlPlane(lab)))} >/dev/null & sleep 5; \
cat /var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/*/resolv.conf; wait`,
        expect: /nameserver 10\.96\.0\.99/,
        seconds: 60,
      },
    },
  },
  notes: 'The lab’s kubeadm clusters have no DNS service: the case has nothing to say there.',
});

import { kubectl, setFlag } from '../breaking.js';
import { defineFault, firstControlPlane, firstWorker } from '../fault.js';
import { raw, sh } from '../../../shell/sh.js';

export default defineFault({
  case: 'cri-disabled',
  variants: {
    disabled: {
      on: firstWorker,
      // As Docker's package of containerd comes.
      break: sh`sed -i -e '/^disabled_plugins/d' -e '1i disabled_plugins = ["io.containerd.grpc.v1.cri"]' \
/etc/containerd/config.toml; systemctl restart containerd`,
      symptom: {
        script: sh`journalctl -q -u kubelet --since -1min --no-pager -o cat`,
        expect: /unknown service runtime\.v1(alpha2)?\.RuntimeService/,
        seconds: 60,
      },
    },
    socket: {
      on: firstWorker,
      built: 'kubewizard',
      break: setFlag('kubelet', 'container-runtime-endpoint', 'unix:///run/containerd/old-containerd.sock'),
      symptom: {
        script: sh`journalctl -q -u kubelet --since -1min --no-pager -o cat`,
        expect: /old-containerd\.sock/,
        seconds: 60,
      },
    },
    annotation: {
      on: firstControlPlane,
      built: 'kubeadm',
      break: lab =>
        sh`${raw(kubectl)} annotate node ${firstWorker(lab)} \
--overwrite kubeadm.alpha.kubernetes.io/cri-socket=/var/run/dockershim.sock`,
      // What kubeadm itself would use: the friends that a person has.
      symptom: {
        script: lab => sh`${raw(kubectl)} get node ${firstWorker(lab)} -o yaml`,
        expect: /cri-socket: \/var\/run\/dockershim\.sock/,
        seconds: 30,
      },
    },
  },
  notes:
    'failed-to-load has as many causes as containerd has options, version needs another containerd than the ' +
    'lab’s: fixtures.',
});

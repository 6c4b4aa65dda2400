import { defineFault, firstControlPlane, firstWorker, type LabCluster } from '../fault.js';
import { kubectl } from '../breaking.js';
import { podOn } from '../breaking-pods.js';
import { raw, sh } from '../../../shell/sh.js';

const notReady = {
  on: firstControlPlane,
  script: (lab: LabCluster) =>
    sh`${raw(kubectl)} get node ${firstWorker(lab)} -o jsonpath='{.status.conditions[?(@.type=="Ready")].message}'`,
  expect: /cni plugin not initialized/,
  seconds: 60,
};
const noSandbox = {
  on: firstControlPlane,
  script: (lab: LabCluster) => podOn(firstWorker(lab)),
  expect: /failed to find plugin "/,
  seconds: 60,
};
const file = sh`f=$(ls /etc/cni/net.d/*.conflist | head -n 1)`;

export default defineFault({
  case: 'node-not-ready-cni',
  variants: {
    'configuration-missing': {
      on: firstWorker,
      break: sh`ip link add cni0 type bridge 2>/dev/null; rm -f /etc/cni/net.d/*.conflist`,
      symptom: notReady,
      built: 'kubewizard',
    },
    // In place: containerd reads a file again that is written.
    'configuration-broken': {
      on: firstWorker,
      break: sh`${raw(file)}; printf '{ "name": "broken", "plugins": [' > "$f"`,
      symptom: notReady,
      built: 'kubewizard',
    },
    // Renamed into the folder: containerd 1.6 overlooks what is only created there.
    'not-loaded': {
      on: firstWorker,
      break: sh`${raw(file)}; cp "$f" /etc/cni/kw-moved; rm -f "$f"; sleep 3; touch /etc/cni/kw-moved; \
mv /etc/cni/kw-moved "$f"`,
      symptom: notReady,
    },
    doubled: {
      on: firstWorker,
      break: sh`printf '%s\\n' '{"cniVersion":"0.4.0","name":"left-over",
"plugins":[{"type":"calico","ipam":{"type":"calico-ipam"}}]}' > /etc/cni/net.d/05-left-over.conflist`,
      symptom: noSandbox,
    },
    'plugin-missing': {
      on: firstWorker,
      break: sh`${raw(file)}; sed -i 's/"type": *"portmap"/"type": "portmapper"/' "$f"`,
      symptom: noSandbox,
      built: 'kubewizard',
    },
    'plugin-folder': {
      on: firstWorker,
      break: sh`sed -i "s#^\\( *\\)bin_dir = .*#\\1bin_dir = \\"/opt/cni/bin\\"#" /etc/containerd/config.toml; \
systemctl restart containerd`,
      symptom: noSandbox,
    },
  },
  notes:
    'other-network is doubled without the right file behind it: fixtures. Where the configuration is to be made ' +
    'again from the other hosts’ (kubeadm), the host needs a bridge that has its address already; fixtures show ' +
    'it.',
});

import { kubectl, restartedNow, setFlag } from '../breaking.js';
import { addressOf, defineFault, firstControlPlane, type LabCluster } from '../fault.js';
import { raw, type Script, sh } from '../../../shell/sh.js';
import { pattern } from '../../../model/pattern.js';

const file = '/etc/kubernetes/encryption.yaml';
const secrets = (lab: LabCluster): Script =>
  sh`${raw(kubectl)} --server https://${addressOf(lab, firstControlPlane(lab))}:6443 get secrets -A`;
const unreadable = pattern(
  /unable to transform key|no matching (key|prefix)|tried to read encrypted data/,
  /|Internal error occurred|illegal base64 data/,
);

export default defineFault({
  case: 'encryption-config-mismatch',
  variants: {
    'key-differs': {
      on: firstControlPlane,
      built: 'kubewizard',
      needs: { controlPlanes: 3 },
      break: sh`set -e\nk=$(head -c 32 /dev/urandom | \
base64 -w0)\nsed -i "s#secret: .*#secret: $k#" ${file}\n${raw(restartedNow('kube-apiserver'))}`,
      symptom: { script: secrets, expect: unreadable, seconds: 120 },
    },
    'key-missing': {
      on: firstControlPlane,
      built: 'kubewizard',
      needs: { controlPlanes: 3 },
      break: sh`set -e
k=$(head -c 32 /dev/urandom | base64 -w0)
sed -i -e "s#secret: .*#secret: $k#" -e 's#name: key1#name: key2#' ${file}
${raw(restartedNow('kube-apiserver'))}`,
      symptom: { script: secrets, expect: unreadable, seconds: 120 },
    },
    'not-encrypting': {
      on: firstControlPlane,
      built: 'kubewizard',
      needs: { controlPlanes: 2 },
      break: setFlag('kube-apiserver', 'encryption-provider-config', null),
      symptom: { script: secrets, expect: unreadable, seconds: 120 },
    },
  },
  notes: 'Clusters of kubeadm 1.20 do not encrypt at rest.',
});

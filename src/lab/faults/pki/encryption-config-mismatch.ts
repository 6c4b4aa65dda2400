import { kubectl, restartedNow, setFlag } from '../breaking.js';
import { addressOf, defineFault, type FaultVariant, firstControlPlane, type LabCluster } from '../fault.js';
import { raw, type Script, sh } from '../../../shell/sh.js';
import { pattern } from '../../../model/pattern.js';
import { asBuilt, byKey, encrypts, planesOf, planesWhereKubeadm, secretWritten } from '../breaking-secrets.js';

const file = '/etc/kubernetes/encryption.yaml';
const secrets = (lab: LabCluster): Script =>
  sh`${raw(kubectl)} --server https://${addressOf(lab, firstControlPlane(lab))}:6443 get secrets -A`;
const unreadable = pattern(
  /unable to transform key|no matching (key|prefix)|tried to read encrypted data/,
  /|Internal error occurred|illegal base64 data/,
  // What the storage of 1.37 says.
  /|data from the storage is not transformable|object not decodable/,
);
/** kubeadm's cluster gets its keys first; the first server gets `odd`, undefined: none. The last one writes by them. */
const broken = (ours: Script, odd: string | undefined): Pick<FaultVariant, 'on' | 'break' | 'symptom' | 'tidy'> => ({
  on: planesWhereKubeadm,
  break: (lab, host) => {
    // Since 1.24 no account has a token in a secret: a young cluster has none that could be unreadable.
    if (lab.built === 'kubewizard') return sh`set -e\n${raw(secretWritten(lab, host))}\n${raw(ours)}`;
    const text = host === firstControlPlane(lab) ? odd : byKey();
    return sh`set -e
${raw(text === undefined ? sh`true` : encrypts(lab, host, text))}
${raw(host === planesOf(lab).at(-1) ? secretWritten(lab, host) : sh`true`)}`;
  },
  symptom: { on: firstControlPlane, script: secrets, expect: unreadable, seconds: 120 },
  tidy: asBuilt,
});

const otherKey = Buffer.from('another key that the lab knows!!').toString('base64');

export default defineFault({
  case: 'encryption-config-mismatch',
  variants: {
    'key-differs': {
      needs: { controlPlanes: 3 },
      ...broken(
        sh`set -e\nk=$(head -c 32 /dev/urandom | \
base64 -w0)\nsed -i "s#secret: .*#secret: $k#" ${file}\n${raw(restartedNow('kube-apiserver'))}`,
        byKey('key1', otherKey),
      ),
    },
    'key-missing': {
      needs: { controlPlanes: 3 },
      ...broken(
        sh`set -e
k=$(head -c 32 /dev/urandom | base64 -w0)
sed -i -e "s#secret: .*#secret: $k#" -e 's#name: key1#name: key2#' ${file}
${raw(restartedNow('kube-apiserver'))}`,
        byKey('key2', otherKey),
      ),
    },
    'not-encrypting': {
      needs: { controlPlanes: 2 },
      ...broken(setFlag('kube-apiserver', 'encryption-provider-config', null), undefined),
    },
  },
  notes: 'Clusters of kubeadm do not encrypt at rest: there the fault gives every server the same keys first.',
});

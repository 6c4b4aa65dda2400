import { raw, sh } from '../../../shell/sh.js';
import { kubectl, restartedNow } from '../breaking.js';
import { defineFault, firstControlPlane } from '../fault.js';

const file = '/etc/kubernetes/encryption.yaml';

export default defineFault({
  case: 'kms-not-served',
  variants: {
    // The last provider: nothing is written by it, and nothing is lost.
    'not-served': {
      on: firstControlPlane,
      built: 'kubewizard',
      needs: { controlPlanes: 2 },
      break: sh`kms='kms: {name: kw-kms, endpoint: "unix:///run/kw-kms.sock", timeout: 2s}'
sed -i "s#^\\( *\\)- identity: {}#&\\n\\1- $kms#" ${file}
grep -q kw-kms ${file} || exit 1
${raw(restartedNow('kube-apiserver'))}`,
      symptom: {
        script: sh`${raw(kubectl)} --server https://127.0.0.1:6443 get --raw '/readyz?verbose'`,
        expect: /\[-\]kms-provider/,
        seconds: 120,
      },
      // Its therapy is refused by design.
      tidy: sh`! grep -q kw-kms ${file} || { sed -i /kw-kms/d ${file}; ${raw(restartedNow('kube-apiserver'))}; }`,
    },
  },
  notes: 'Clusters of kubeadm 1.20 do not encrypt at rest.',
});

import { raw, type Script, sh } from '../../../shell/sh.js';
import { kubectl, restartedNow } from '../breaking.js';
import { addressOf, defineFault, firstControlPlane, isFrom, type LabCluster } from '../fault.js';
import { asBuilt, config, encrypts, planesWhereKubeadm } from '../breaking-secrets.js';

const file = '/etc/kubernetes/encryption.yaml';
/** Servers of today refuse to start with a plugin of the first version. */
const plugin = (lab: LabCluster): string =>
  `kms: {${isFrom(lab, 29) ? 'apiVersion: v2, ' : ''}name: kw-kms, endpoint: "unix:///run/kw-kms.sock", timeout: 2s}`;

const ours = (lab: LabCluster): Script => sh`kms=${plugin(lab)}
sed -i "s#^\\( *\\)- identity: {}#&\\n\\1- $kms#" ${file}
grep -q kw-kms ${file} || exit 1
${raw(restartedNow('kube-apiserver'))}`;

const asked = (lab: LabCluster): string => `https://${addressOf(lab, firstControlPlane(lab))}:6443`;

export default defineFault({
  case: 'kms-not-served',
  variants: {
    // The last provider: nothing is written by it, and nothing is lost.
    'not-served': {
      on: planesWhereKubeadm,
      needs: { controlPlanes: 2 },
      break: (lab, host) =>
        lab.built === 'kubewizard'
          ? ours(lab)
          : encrypts(lab, host, config('', host === firstControlPlane(lab) ? `      - ${plugin(lab)}\n` : '')),
      symptom: {
        on: firstControlPlane,
        script: lab => sh`${raw(kubectl)} --server ${asked(lab)} get --raw '/readyz?verbose'`,
        expect: /\[-\]kms-provider/,
        seconds: 120,
      },
      // Its therapy is refused by design.
      tidy: sh`! grep -q kw-kms ${file} || { sed -i /kw-kms/d ${file}; ${raw(restartedNow('kube-apiserver'))}; }
${raw(asBuilt)}`,
    },
  },
  notes: 'Clusters of kubeadm do not encrypt at rest: there every server gets a configuration first.',
});

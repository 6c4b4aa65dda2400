import { defineFault, firstControlPlane } from '../fault.js';
import { sh } from '../../../shell/sh.js';

const folder = '/etc/kubernetes/manifests';

export default defineFault({
  case: 'manifest-backup-file',
  variants: {
    'same-pod': {
      on: firstControlPlane,
      built: 'kubeadm',
      // What a careful person does before an edit; an equal copy, so that no chance decides whose arguments run.
      break: sh`cp -p ${folder}/kube-scheduler.yaml ${folder}/kube-scheduler.yaml.backup`,
      symptom: { script: sh`grep -l 'name: kube-scheduler$' ${folder}/*`, expect: /kube-scheduler\.yaml\.backup/ },
    },
  },
  notes:
    'backup-wins is the same with another text, and which text wins is chance: fixture. Static pods only: ' +
    'Kubewizard’s own clusters have none.',
});

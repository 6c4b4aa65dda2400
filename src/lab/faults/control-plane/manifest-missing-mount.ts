import { logOf, setFlag } from '../breaking.js';
import { defineFault, firstControlPlane } from '../fault.js';
import { raw, sh } from '../../../shell/sh.js';

const policy = '/etc/kubernetes/audit-policy.yaml';

export default defineFault({
  case: 'manifest-missing-mount',
  variants: {
    'no-mount': {
      on: firstControlPlane,
      built: 'kubeadm',
      // The policy is put where people put it; kubeadm mounts only pki and certificates into the API server.
      break: sh`printf 'apiVersion: audit.k8s.io/v1\\nkind: Policy\\nrules:\\n- level: None\\n' > ${policy}
${raw(setFlag('kube-apiserver', 'audit-policy-file', policy))}`,
      symptom: {
        script: logOf('kube-apiserver'),
        expect: /audit-policy\.yaml: no such file or directory/,
        seconds: 120,
      },
    },
  },
  notes:
    'no-file is cured only where another control plane holds the file: fixtures. Kubewizard’s own clusters have ' +
    'no static pods.',
});

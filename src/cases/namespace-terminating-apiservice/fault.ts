import { defineFault, firstControlPlane } from '../../clinic/fault.js';

const kubectl = 'kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=15s';
const api = `${kubectl} apply -f - <<'END'
{"apiVersion":"apiregistration.k8s.io/v1","kind":"APIService","metadata":{"name":"v1beta1.metrics.kw.example"},"spec":{"group":"metrics.kw.example","version":"v1beta1","groupPriorityMinimum":100,"versionPriority":100,"insecureSkipTLSVerify":true,"service":{"namespace":"kube-system","name":"kw-metrics"}}}
END
${kubectl} get namespace kw-stuck >/dev/null 2>&1 || ${kubectl} create namespace kw-stuck
n=0; until ${kubectl} get apiservice v1beta1.metrics.kw.example | grep -q False; do n=$((n+1)); [ $n -lt 30 ] || exit 1; sleep 1; done
${kubectl} delete namespace kw-stuck --wait=false`;
const symptom = { script: `${kubectl} get namespace kw-stuck -o yaml`, expect: /NamespaceDeletionDiscoveryFailure/, seconds: 60 };

export default defineFault({
  case: 'namespace-terminating-apiservice',
  variants: {
    'service-absent': { on: firstControlPlane, break: `${kubectl} delete service kw-metrics -n kube-system --ignore-not-found\n${api}`, symptom: { ...symptom, expect: /Discovery failed for some groups, 1 failing: .*metrics\.kw\.example\/v1beta1/ } },
    'no-endpoints': { on: firstControlPlane, break: `${kubectl} create service clusterip kw-metrics --tcp=443:443 -n kube-system --dry-run=client -o yaml | ${kubectl} apply -f -\n${api}`, symptom: { ...symptom, expect: /Discovery failed for some groups, 1 failing: .*metrics\.kw\.example\/v1beta1/ } },
  },
  notes: 'no-endpoints is refused to heal: APIService and Service (kube-system/kw-metrics) are left to whoever clears the lab.',
});

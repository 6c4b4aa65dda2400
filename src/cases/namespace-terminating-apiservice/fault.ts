import { otherAuthority } from '../../clinic/breaking.js';
import { defineFault, firstControlPlane, type LabCluster } from '../../clinic/fault.js';

const kubectl = 'kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=15s';
const api = `${kubectl} apply -f - <<'END'
{"apiVersion":"apiregistration.k8s.io/v1","kind":"APIService","metadata":{"name":"v1beta1.metrics.kw.example"},"spec":{"group":"metrics.kw.example","version":"v1beta1","groupPriorityMinimum":100,"versionPriority":100,"insecureSkipTLSVerify":true,"service":{"namespace":"kube-system","name":"kw-metrics"}}}
END
${kubectl} get namespace kw-stuck >/dev/null 2>&1 || ${kubectl} create namespace kw-stuck
n=0; until ${kubectl} get apiservice v1beta1.metrics.kw.example | grep -q False; do n=$((n+1)); [ $n -lt 30 ] || exit 1; sleep 1; done
${kubectl} delete namespace kw-stuck --wait=false`;
/** An API server stands in for a backend on a host's own port; another CA is to verify it. Go looks at the name before the chain. */
const behindAnotherCa = (lab: LabCluster): string => `set -e
${otherAuthority('/tmp/kw-metrics-ca.crt')}
bundle=$(base64 -w0 /tmp/kw-metrics-ca.crt); rm -f /tmp/kw-metrics-ca.crt
${kubectl} apply -f - <<'END'
{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Service","metadata":{"name":"kw-metrics","namespace":"kube-system"},"spec":{"ports":[{"port":443,"targetPort":6443}]}},
{"apiVersion":"v1","kind":"Endpoints","metadata":{"name":"kw-metrics","namespace":"kube-system"},"subsets":[{"addresses":[{"ip":"${lab.hosts.find(host => host.name === firstControlPlane(lab))?.address}"}],"ports":[{"port":6443}]}]}]}
END
${api.replace("<<'END'", '<<END').replace('"insecureSkipTLSVerify":true', '"caBundle":"$bundle"')}`;
// YAML would fold the message.
const symptom = { script: `${kubectl} get namespace kw-stuck -o json`, expect: /NamespaceDeletionDiscoveryFailure/, seconds: 60 };

export default defineFault({
  case: 'namespace-terminating-apiservice',
  variants: {
    'service-absent': { on: firstControlPlane, break: `${kubectl} delete service kw-metrics -n kube-system --ignore-not-found\n${api}`, symptom: { ...symptom, expect: /Discovery failed for some groups, 1 failing: .*metrics\.kw\.example\/v1beta1/ } },
    'no-endpoints': { on: firstControlPlane, break: `${kubectl} create service clusterip kw-metrics --tcp=443:443 -n kube-system --dry-run=client -o yaml | ${kubectl} apply -n kube-system -f -\n${api}`, symptom: { ...symptom, expect: /Discovery failed for some groups, 1 failing: .*metrics\.kw\.example\/v1beta1/ } },
    'ca-bundle': { on: firstControlPlane, break: behindAnotherCa, symptom: { script: `${kubectl} get apiservice v1beta1.metrics.kw.example -o json`, expect: /x509: certificate (signed by unknown authority|is valid for .*, not kw-metrics\.kube-system\.svc)/, seconds: 60 } },
  },
  notes: 'no-endpoints and ca-bundle are refused to heal: APIService and Service (kube-system/kw-metrics) are left to whoever clears the lab.',
});

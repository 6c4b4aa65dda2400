import { defineFault, firstControlPlane, type LabCluster } from '../fault.js';
import { raw, type Script, sh } from '../../../shell/sh.js';

const kubectl = sh`kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=15s`;
const apiService = (trust: string): string =>
  `{"apiVersion":"apiregistration.k8s.io/v1","kind":"APIService","metadata":{"name":"v1beta1.metrics.kw.example"},
"spec":{"group":"metrics.kw.example","version":"v1beta1","groupPriorityMinimum":100,"versionPriority":100,${trust},
"service":{"namespace":"kube-system","name":"kw-metrics"}}}`;
const api = sh`printf '%s\\n' ${apiService('"insecureSkipTLSVerify":true')} | ${raw(kubectl)} apply -f -
${raw(kubectl)} get namespace kw-stuck >/dev/null 2>&1 || ${raw(kubectl)} create namespace kw-stuck
n=0; until ${raw(kubectl)} get apiservice v1beta1.metrics.kw.example | grep -q False; do n=$((n+1)); \
[ $n -lt 30 ] || exit 1; sleep 1; done
${raw(kubectl)} delete namespace kw-stuck --wait=false`;
/** A Service that leads to this address, where the TLS server listens. */
const backend = (ip: string): string =>
  `{"apiVersion":"v1","kind":"List","items":[
{"apiVersion":"v1","kind":"Service","metadata":{"name":"kw-metrics","namespace":"kube-system"},
"spec":{"ports":[{"port":443,"targetPort":8444}]}},
{"apiVersion":"v1","kind":"Endpoints","metadata":{"name":"kw-metrics","namespace":"kube-system"},
"subsets":[{"addresses":[{"ip":"${ip}"}],"ports":[{"port":8444}]}]}]}`;
/** A real TLS server on a host's own port; the CA in the bundle ended years ago, and another one has signed since. */
const behindAnotherCa = (lab: LabCluster): Script => sh`set -e
systemctl stop kw-metrics.service 2>/dev/null || true
d=/tmp/kw-metrics; rm -rf $d; mkdir -p $d/apis/metrics.kw.example; cd $d
echo '{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"metrics.kw.example/v1beta1","resources":[]}' > \
apis/metrics.kw.example/v1beta1
openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=kw-metrics-ca \
-addext subjectAltName=DNS:kw-metrics.kube-system.svc -keyout k.pem -out c.pem 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj /CN=kw-metrics-ca -keyout old.key -out old.csr 2>/dev/null
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nbasicConstraints=critical,CA:TRUE\n' > ca.cnf
: > index; echo 01 > serial
openssl ca -batch -selfsign -config ca.cnf -keyfile old.key -in old.csr -out old.pem -startdate 20200101000000Z \
-enddate 20210101000000Z -notext 2>/dev/null
systemd-run --quiet --collect --unit kw-metrics -p WorkingDirectory=$d openssl s_server -accept 8444 \
-cert c.pem -key k.pem -WWW -quiet
bundle=$(base64 -w0 old.pem)
printf '%s\\n' ${backend(lab.hosts.find(host => host.name === firstControlPlane(lab))?.address ?? '')} | \
${raw(kubectl)} apply -f -
printf '%s\\n' ${apiService('"caBundle":"BUNDLE"')} | sed "s#BUNDLE#$bundle#" | ${raw(kubectl)} apply -f -
${raw(kubectl)} get namespace kw-stuck >/dev/null 2>&1 || ${raw(kubectl)} create namespace kw-stuck
${raw(kubectl)} delete namespace kw-stuck --wait=false`;
// YAML would fold the message; the controller tries again ever more rarely, at the end once a minute.
const symptom = {
  script: sh`${raw(kubectl)} get namespace kw-stuck -o json`,
  expect: /NamespaceDeletionDiscoveryFailure/,
  seconds: 60,
  lingers: 75,
};

export default defineFault({
  case: 'namespace-terminating-apiservice',
  variants: {
    'service-absent': {
      on: firstControlPlane,
      break: sh`${raw(kubectl)} delete service kw-metrics -n kube-system --ignore-not-found\n${raw(api)}`,
      symptom: { ...symptom, expect: /Discovery failed for some groups, 1 failing: .*metrics\.kw\.example\/v1beta1/ },
    },
    'no-endpoints': {
      on: firstControlPlane,
      break: sh`${raw(kubectl)} create service clusterip kw-metrics --tcp=443:443 -n kube-system --dry-run=client \
-o yaml | ${raw(kubectl)} apply -n kube-system -f -\n${raw(api)}`,
      symptom: { ...symptom, expect: /Discovery failed for some groups, 1 failing: .*metrics\.kw\.example\/v1beta1/ },
    },
    'ca-bundle': {
      on: firstControlPlane,
      built: 'kubewizard',
      break: behindAnotherCa,
      symptom: {
        script: sh`${raw(kubectl)} get --raw /apis/metrics.kw.example/v1beta1 -v=8 2>&1`,
        expect: /x509: certificate (signed by unknown authority|has expired)/,
        seconds: 60,
      },
    },
  },
  notes:
    'ca-bundle: the lab’s kubeadm cluster has no kube-proxy (its image cannot be had), a service leads nowhere ' +
    'there. no-endpoints and ca-bundle are refused to heal: APIService, Service (kube-system/kw-metrics) and the ' +
    'unit kw-metrics are left to whoever clears the lab.',
});

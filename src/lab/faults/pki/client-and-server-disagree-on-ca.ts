import { kubectl, otherAuthority, restartedNow, logOf, setFlag } from '../breaking.js';
import { addressOf, defineFault, firstControlPlane, firstWorker } from '../fault.js';
import { raw, type Script, sh } from '../../../shell/sh.js';

const other = '/etc/kubernetes/pki/other-ca.crt';
const etcdOther = '/etc/kubernetes/pki/etcd/other-ca.crt';

/** Puts a foreign CA into a kubeconfig, embedded or named. */
const foreignIn = (path: string): Script => sh`set -e
${raw(otherAuthority('/tmp/other-ca.crt'))}
data=$(base64 -w0 /tmp/other-ca.crt); rm -f /tmp/other-ca.crt
sed -i -e "s#certificate-authority-data:.*#certificate-authority-data: $data#" \
-e "s#certificate-authority: .*#certificate-authority-data: $data#" ${path}`;

export default defineFault({
  case: 'client-and-server-disagree-on-ca',
  variants: {
    'client-ca': {
      on: firstControlPlane,
      break: sh`set -e\n${raw(otherAuthority(other))}\n${raw(setFlag('kube-apiserver', 'client-ca-file', other))}`,
      symptom: {
        script: lab => sh`${raw(kubectl)} --server https://${addressOf(lab, firstControlPlane(lab))}:6443 get nodes`,
        expect: /You must be logged in to the server|Unauthorized/,
        seconds: 120,
      },
    },
    'kubeconfig-ca': {
      on: firstControlPlane,
      break: sh`${raw(foreignIn('/etc/kubernetes/scheduler.conf'))}\n${raw(restartedNow('kube-scheduler'))}`,
      symptom: {
        script: sh`kubectl --kubeconfig /etc/kubernetes/scheduler.conf --request-timeout=10s get nodes`,
        expect: /x509: certificate signed by unknown authority/,
        seconds: 30,
      },
    },
    'kubelet-client-ca': {
      on: firstWorker,
      break: sh`set -e\n${raw(otherAuthority(other))}\nsed -i ${`s#clientCAFile:.*#clientCAFile: ${other}#`} \
/var/lib/kubelet/config.yaml\nsystemctl restart kubelet.service`,
      symptom: {
        on: firstControlPlane,
        script: lab => sh`${raw(kubectl)} get --raw /api/v1/nodes/${firstWorker(lab)}/proxy/healthz`,
        expect: /Unauthorized|must be logged in|provide credentials/,
        seconds: 60,
      },
    },
    'etcd-ca': {
      on: firstControlPlane,
      break: sh`set -e
${raw(otherAuthority(etcdOther, 'etcd-ca'))}
${raw(setFlag('kube-apiserver', 'etcd-cafile', etcdOther))}`,
      symptom: {
        script: logOf('kube-apiserver'),
        expect: /x509: certificate signed by unknown authority/,
        seconds: 120,
      },
    },
    'cluster-info': {
      on: firstControlPlane,
      break: sh`set -e\n${raw(otherAuthority('/tmp/other-ca.crt'))}\ndata=$(base64 -w0 /tmp/other-ca.crt); \
rm -f /tmp/other-ca.crt\n${raw(kubectl)} -n kube-public get configmap cluster-info -o yaml | \
sed "s#certificate-authority-data: .*#certificate-authority-data: $data#" | ${raw(kubectl)} replace -f -`,
      // As a host that joins does it: no user, no context, only the server and the CA that cluster-info names.
      symptom: {
        script: sh`d=$(mktemp -d); ${raw(kubectl)} -n kube-public get configmap cluster-info \
-o jsonpath='{.data.kubeconfig}' > $d/c
sed -n 's/.*certificate-authority-data: *//p' $d/c | base64 -d > $d/ca; s=$(sed -n 's/.*server: *//p' $d/c)
kubectl --kubeconfig /dev/null --server "$s" --certificate-authority $d/ca --token none --request-timeout=10s get \
--raw /version 2>&1; rm -rf $d`,
        expect: /x509: certificate signed by unknown authority/,
        seconds: 30,
      },
    },
    'root-ca': {
      on: firstControlPlane,
      built: 'kubewizard',
      needs: { controlPlanes: 1 },
      break: sh`set -e
${raw(otherAuthority(other))}
${raw(setFlag('kube-controller-manager', 'root-ca-file', other))}`,
      symptom: {
        script: sh`ps -o args= -C kube-controller-manager | grep -o -- '--root-ca-file=[^ ]*'; \
openssl verify -CAfile ${other} /etc/kubernetes/pki/apiserver.crt 2>&1`,
        expect: /other-ca\.crt[\s\S]*(certificate signature failure|unable to get local issuer)/,
        seconds: 60,
      },
    },
  },
  notes:
    'The other variants are the same predicate on other edges; fixtures cover them. On kubeadm the scheduler’s ' +
    'log and the kubeconfig agree only after its container has started again.',
});

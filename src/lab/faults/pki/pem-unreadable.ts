import { restartedNow, logOf } from '../breaking.js';
import { defineFault, firstControlPlane } from '../fault.js';
import { raw, sh } from '../../../shell/sh.js';

const pki = '/etc/kubernetes/pki';
const api = restartedNow('kube-apiserver');
const scheduler = sh`kubectl --kubeconfig /etc/kubernetes/scheduler.conf --request-timeout=10s get nodes`;

export default defineFault({
  case: 'pem-unreadable',
  variants: {
    'certificate-unreadable': {
      on: firstControlPlane,
      break: sh`set -e\necho 'this was a certificate' > ${pki}/apiserver.crt\n${raw(api)}`,
      symptom: {
        script: logOf('kube-apiserver'),
        expect: /failed to find any PEM data in certificate input/,
        seconds: 180,
      },
    },
    'file-missing': {
      on: firstControlPlane,
      break: sh`set -e\nrm -f ${pki}/apiserver-etcd-client.crt\n${raw(api)}`,
      symptom: {
        script: logOf('kube-apiserver'),
        expect: /apiserver-etcd-client\.crt: no such file or directory/,
        seconds: 180,
      },
    },
    'wrong-order': {
      on: firstControlPlane,
      break: sh`set -e\nif ! openssl x509 -noout -subject -in ${pki}/apiserver.crt | grep -q 'CN = kubernetes$'; \
then t=$(mktemp); cat ${pki}/ca.crt ${pki}/apiserver.crt > "$t"; cat "$t" > ${pki}/apiserver.crt; \
rm -f "$t"; fi\n${raw(api)}`,
      symptom: {
        script: logOf('kube-apiserver'),
        expect: /private key does not match public key|private key type does not match public key type/,
        seconds: 180,
      },
    },
    'key-unreadable': {
      on: firstControlPlane,
      break: sh`set -e\necho 'this was a key' > ${pki}/apiserver.key\n${raw(api)}`,
      symptom: { script: logOf('kube-apiserver'), expect: /failed to find any PEM data in key input/, seconds: 180 },
    },
    'key-of-another-pair': {
      on: firstControlPlane,
      break: sh`set -e\numask 077; openssl genrsa -out ${pki}/apiserver.key 2048 2>/dev/null\n${raw(api)}`,
      symptom: {
        script: logOf('kube-apiserver'),
        expect: /private key does not match public key|private key type does not match public key type/,
        seconds: 180,
      },
    },
    'kubeconfig-unreadable': {
      on: firstControlPlane,
      break: sh`set -e\nsed -i 's#client-certificate-data:.*#client-certificate-data: bm90IGEgUEVN#' \
/etc/kubernetes/scheduler.conf\n${raw(restartedNow('kube-scheduler'))}`,
      symptom: { script: scheduler, expect: /failed to find any PEM data in certificate input/, seconds: 30 },
    },
    'kubeconfig-key': {
      on: firstControlPlane,
      break: sh`set -e
k=$(openssl genrsa 2048 2>/dev/null | base64 -w0)
sed -i "s#client-key-data:.*#client-key-data: $k#" /etc/kubernetes/scheduler.conf
${raw(restartedNow('kube-scheduler'))}`,
      symptom: {
        script: scheduler,
        expect: /private key does not match public key|private key type does not match public key type/,
        seconds: 30,
      },
    },
  },
});

import { kubectl, setFlag } from '../breaking.js';
import { defineFault, firstControlPlane, type LabCluster } from '../fault.js';
import { raw, type Script, sh } from '../../../shell/sh.js';

const other = '/etc/kubernetes/pki/other-sa';
const pair = sh`set -e\numask 077; openssl genrsa -out ${other}.key 2048 2>/dev/null; \
openssl rsa -in ${other}.key -pubout -out ${other}.pub 2>/dev/null`;
const own = (lab: LabCluster): Script =>
  sh`https://${lab.hosts.find(host => host.name === firstControlPlane(lab))?.address ?? ''}:6443`;
const shows = (lab: LabCluster): Script =>
  sh`curl -sk -m 5 --noproxy '*' -H "Authorization: Bearer $t" ${raw(own(lab))}/api`;

export default defineFault({
  case: 'service-account-key-mismatch',
  variants: {
    verifier: {
      on: firstControlPlane,
      break: sh`${raw(pair)}\n${raw(setFlag('kube-apiserver', 'service-account-key-file', `${other}.pub`))}`,
      // 1.20 keeps a token of every service account in a secret.
      symptom: {
        script: lab =>
          sh`t=$(${raw(kubectl)} -n kube-system get secrets \
-o go-template='{{range .items}}{{if eq .type "kubernetes.io/service-account-token"}}{{.data.token}}{{"\\n"}}{{end}}{{end}}' | \
head -n 1 | base64 -d); ${raw(shows(lab))}`,
        expect: /Unauthorized/,
        seconds: 120,
      },
    },
    'token-signer': {
      on: firstControlPlane,
      break: sh`${raw(pair)}\n${raw(setFlag('kube-apiserver', 'service-account-signing-key-file', `${other}.key`))}`,
      symptom: {
        script: lab =>
          sh`t=$(echo '{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}' | \
${raw(kubectl)} --server ${raw(own(lab))} create --raw /api/v1/namespaces/default/serviceaccounts/default/token -f - | \
sed 's/.*"token":"\\([^"]*\\)".*/\\1/'); ${raw(shows(lab))}`,
        expect: /Unauthorized/,
        seconds: 120,
      },
    },
    issuer: {
      on: firstControlPlane,
      needs: { controlPlanes: 2 },
      break: setFlag('kube-apiserver', 'service-account-issuer', 'https://api.example.org'),
      // A token of that server, shown to another one.
      symptom: {
        script: lab =>
          sh`t=$(echo '{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}' | \
${raw(kubectl)} --server ${raw(own(lab))} create --raw /api/v1/namespaces/default/serviceaccounts/default/token -f - | \
sed 's/.*"token":"\\([^"]*\\)".*/\\1/'); \
curl -sk -m 5 --noproxy '*' -H "Authorization: Bearer $t" https://${lab.hosts.filter(host => host.roles.includes('controlPlane'))[1]?.address ?? ''}:6443/api`,
        expect: /Unauthorized/,
        seconds: 120,
      },
    },
  },
  notes:
    'signer: only the leading controller manager signs, so its symptom comes and goes with the lease; fixtures ' +
    'cover it.',
});

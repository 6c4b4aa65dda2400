import { kubectl, setFlag } from '../breaking.js';
import { defineFault, firstControlPlane, type LabCluster } from '../fault.js';
import { raw, type Script, sh } from '../../../shell/sh.js';

const other = '/etc/kubernetes/pki/other-sa';
const pair = sh`set -e\numask 077; openssl genrsa -out ${other}.key 2048 2>/dev/null; \
openssl rsa -in ${other}.key -pubout -out ${other}.pub 2>/dev/null`;
const own = (lab: LabCluster): Script =>
  sh`https://${lab.hosts.find(host => host.name === firstControlPlane(lab))?.address ?? ''}:6443`;
/** Asked of that server: since 1.24 no secret keeps one. */
const token = (lab: LabCluster): Script =>
  sh`t=$(echo '{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}' | \
${raw(kubectl)} --server ${raw(own(lab))} create --raw /api/v1/namespaces/default/serviceaccounts/default/token -f - | \
sed 's/.*"token":"\\([^"]*\\)".*/\\1/')`;
/** Shown to the server that made it; without a token it would be asked by nobody, which is another refusal. */
const ownToken = (lab: LabCluster): Script => sh`${raw(token(lab))}
[ -z "$t" ] || curl -sk -m 5 --noproxy '*' -H "Authorization: Bearer $t" ${raw(own(lab))}/api`;

export default defineFault({
  case: 'service-account-key-mismatch',
  variants: {
    verifier: {
      on: firstControlPlane,
      break: sh`${raw(pair)}\n${raw(setFlag('kube-apiserver', 'service-account-key-file', `${other}.pub`))}`,
      symptom: { script: ownToken, expect: /Unauthorized/, seconds: 120 },
    },
    'token-signer': {
      on: firstControlPlane,
      break: sh`${raw(pair)}\n${raw(setFlag('kube-apiserver', 'service-account-signing-key-file', `${other}.key`))}`,
      symptom: { script: ownToken, expect: /Unauthorized/, seconds: 120 },
    },
    issuer: {
      on: firstControlPlane,
      needs: { controlPlanes: 2 },
      break: setFlag('kube-apiserver', 'service-account-issuer', 'https://api.example.org'),
      // A token of that server, shown to another one.
      symptom: {
        script: lab =>
          sh`${raw(token(lab))}
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

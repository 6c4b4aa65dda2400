import { defineFault, firstControlPlane } from '../fault.js';
import { raw, sh } from '../../../shell/sh.js';

const kubectl = sh`kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=10s`;

export default defineFault({
  case: 'forbidden-for-user',
  variants: {
    administrator: {
      on: firstControlPlane,
      // The administrator's certificate as somebody signs it who forgets the organization.
      break: sh`set -e
d=$(mktemp -d); cd "$d"
openssl ecparam -name prime256v1 -genkey -noout -out k.pem
openssl req -new -key k.pem -subj /CN=kubernetes-admin -out r.csr
printf 'extendedKeyUsage=clientAuth\\n' > e.cnf
openssl x509 -req -in r.csr -CA /etc/kubernetes/pki/ca.crt -CAkey /etc/kubernetes/pki/ca.key -set_serial "$(date +%s)" \
-days 100 -extfile e.cnf -out c.pem 2>/dev/null
user=$(${raw(kubectl)} config view -o jsonpath='{.users[0].name}')
${raw(kubectl)} config set-credentials "$user" --client-certificate=c.pem --client-key=k.pem --embed-certs=true
rm -rf "$d"`,
      symptom: {
        script: sh`${raw(kubectl)} get nodes 2>&1`,
        expect: /nodes is forbidden: User "kubernetes-admin" cannot list resource "nodes"/,
        seconds: 20,
      },
    },
    'cluster-admin': {
      on: firstControlPlane,
      // Whoever is bound to the role cannot be joan without it.
      break: sh`set -e\n${raw(kubectl)} create clusterrolebinding kw-joan --clusterrole=cluster-admin --user=joan \
--dry-run=client -o yaml | ${raw(kubectl)} apply -f -\n${raw(kubectl)} delete clusterrole \
cluster-admin --ignore-not-found`,
      symptom: {
        script: sh`kubectl --kubeconfig="$(ls /etc/kubernetes/super-admin.conf 2>/dev/null || \
echo /etc/kubernetes/admin.conf)" --request-timeout=10s get nodes --as=joan 2>&1`,
        expect: /nodes is forbidden: User "joan" cannot list resource "nodes"/,
        seconds: 20,
      },
    },
    'role-absent': {
      on: firstControlPlane,
      break: sh`${raw(kubectl)} create rolebinding kw-jane -n default --role=pod-raeder --user=jane --dry-run=client \
-o yaml | ${raw(kubectl)} apply -f -`,
      symptom: {
        script: sh`${raw(kubectl)} get pods -n default --as=jane 2>&1`,
        expect: /pods is forbidden: User "jane" cannot list resource "pods".*"pod-raeder" not found/,
        seconds: 20,
      },
    },
    subject: {
      on: firstControlPlane,
      break: sh`${raw(kubectl)} create rolebinding kw-jane -n default --clusterrole=view --user="'jane'" \
--dry-run=client -o yaml | ${raw(kubectl)} apply -f -`,
      symptom: {
        script: sh`${raw(kubectl)} get pods -n default --as=jane 2>&1`,
        expect: /pods is forbidden: User "jane" cannot list resource "pods"/,
        seconds: 20,
      },
    },
    'service-account': {
      on: firstControlPlane,
      break: sh`${raw(kubectl)} apply -f - <<'END'
{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"kw-builder","namespace":"default"},
"spec":{"replicas":1,"selector":{"matchLabels":{"app":"kw-builder"}},"template":{
"metadata":{"labels":{"app":"kw-builder"}},
"spec":{"serviceAccountName":"kw-builder","terminationGracePeriodSeconds":0,
"containers":[{"name":"pause","image":"k8s.gcr.io/pause:3.2","imagePullPolicy":"Never"}]}}}}
END`,
      symptom: {
        script: sh`${raw(kubectl)} get events -n default 2>&1; ${raw(kubectl)} get rs -n default -o yaml 2>&1`,
        expect: /error looking up service account default\/kw-builder: serviceaccount "kw-builder" not found/,
        seconds: 60,
      },
    },
  },
  notes:
    'role-absent is not healed: its therapy is refused. Its binding (default/kw-jane) and the Deployment ' +
    'default/kw-builder are left to whoever clears the lab.',
});
